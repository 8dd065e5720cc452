/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One fault in a rule set, of a kind that compilers have made. */
#pragma once

#include "meaning/evaluate.h"

struct fault {
	const struct ruleset *ruleset; /* normalized, with the fault */
	const char *what;
	const struct rule
		*rule; /* of the good rule set, near which it is; NULL: none */
	enum hook hook;
};

/* By chance, the same at every run; false when the place that was chosen has none. */
bool fault_seed(struct arena *arena, const struct ruleset *good, struct fault *fault);

/* A packet near the fault, at values where rules change. */
struct packet fault_packet(struct arena *arena, const struct ruleset *good,
			   const struct fault *fault);
