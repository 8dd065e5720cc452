/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Includes what it may not. */
#include <jansson.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <string.h>
#include <sys/stat.h>

#include "base/attr.h"
#include "buffer.h"
#include "base/../site/site.h"
#  include	"site/site.h" /* with a comment behind */
#include HEADER

extern int other(void);
