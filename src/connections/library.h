/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libnetfilter_conntrack, loaded by the runs that find connections tracked. */
#pragma once

#include <libnetfilter_conntrack/libnetfilter_conntrack.h>

#include "base/diag.h"

struct conntrack_library {
	struct nf_conntrack *(*create)(void);
	void (*destroy)(struct nf_conntrack *);
	int (*parse)(const struct nlmsghdr *, struct nf_conntrack *);
	int (*has)(const struct nf_conntrack *, enum nf_conntrack_attr);
	const void *(*bytes)(const struct nf_conntrack *, enum nf_conntrack_attr);
	uint8_t (*number8)(const struct nf_conntrack *, enum nf_conntrack_attr);
	uint16_t (*number16)(const struct nf_conntrack *, enum nf_conntrack_attr);
	uint32_t (*number32)(const struct nf_conntrack *, enum nf_conntrack_attr);
};

/* False with a diagnostic that names the package to install. */
bool conntrack_library_load(struct diags *diags,
			    struct conntrack_library *library) MUST_USE;
