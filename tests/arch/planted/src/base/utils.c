/* What is this file? */

typedef struct point {
	int x;
} point;

enum thing { A }; /* XXX: later */

int f(void) /* NOLINT */
{
	return 0; /* NOLINT(readability-magic-numbers): zero is zero */
}    

// TODO: the rest

int g(int tmp_count) /* the word ctx is free in a comment */
{
	const char *text = "and \"mgr\" in a string";

	if (*text)
		goto end;
end:
	return tmp_count;
}
