/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The functions of libnetfilter_conntrack by name. */
#include "base/library.h"

#include "connections/library.h"

#define LIBRARY_FILE "libnetfilter_conntrack.so.3"

/* The size is of no use: it makes the compiler compare the types. */
#define ROW(library, member, function)                                          \
	{                                                                       \
		sizeof(true ? (library)->member : (function)) ? #function : "", \
			(void (**)(void)) & (library)->member                   \
	}

bool conntrack_library_load(struct diags *diags, struct conntrack_library *library)
{
	const char *why = NULL;
	struct conntrack_library loaded = { 0 };
	const struct library_function functions[] = {
		ROW(&loaded, create, nfct_new),
		ROW(&loaded, destroy, nfct_destroy),
		ROW(&loaded, parse, nfct_nlmsg_parse),
		ROW(&loaded, has, nfct_attr_is_set),
		ROW(&loaded, bytes, nfct_get_attr),
		ROW(&loaded, number8, nfct_get_attr_u8),
		ROW(&loaded, number16, nfct_get_attr_u16),
		ROW(&loaded, number32, nfct_get_attr_u32),
	};

	if (!library_load(LIBRARY_FILE, functions, COUNT_OF(functions), &why)) {
		diag_error(diags, DIAG_FILE, (struct span){ 0 },
			   "tracked connections need the library " LIBRARY_FILE ": %s",
			   why);
		diag_note(diags, (struct span){ 0 },
			  "Debian's package is libnetfilter-conntrack3");
		return false;
	}
	*library = loaded;
	return true;
}
