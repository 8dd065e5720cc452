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
