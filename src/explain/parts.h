/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside explain/: from the portions of a leg to its parts, and what is known of each.
 */
#pragma once

#include "explain/legs.h"

/* What is asked, while it is answered. */
struct asking {
	struct arena *arena;
	const struct explain_question *question;
	const struct ruleset
		*desired; /* live rules: what the site compiles to; or NULL */
	struct explanation *explanation;
};

/* Divides the leg's packets by what becomes of them, and finds who asked for that. */
void parts_divide(struct asking *asking, struct leg *leg) ALL_NONNULL;

/* What else is told of the leg's parts: answers, what comes near, what was wanted. */
void parts_finish(const struct asking *asking, struct leg *leg) ALL_NONNULL;

/* The packets of a part in one family; false when there are none. */
bool part_bundle(const struct asking *asking, const struct leg *leg,
		 const struct part *part, enum family family,
		 struct bundle *bundle) ALL_NONNULL MUST_USE;

/* A bit for each outcome that some part has; OUTCOME_UNKNOWN's too when it is cut. */
unsigned parts_outcomes(const struct leg *leg) ALL_NONNULL MUST_USE;

/* Whether it is for want of a flow that the part is not let through. */
bool is_by_policy(const struct part *part) ALL_NONNULL MUST_USE;

/* Why a part is not accepted: see nearest.c. */
void nearest_find(const struct asking *asking, const struct leg *leg,
		  struct part *part) ALL_NONNULL;

/* A bit for each outcome that some packet of the question has on its whole way. */
unsigned verdict_find(const struct asking *asking) ALL_NONNULL MUST_USE;
