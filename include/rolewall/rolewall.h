/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * librolewall: from a role-based description of a site to the nftables rule sets of
 * its hosts, and to what the running kernel holds.
 *
 * Every object is opaque, independent of the others' lifetime unless said, and freed by
 * its own function, which allows NULL.  Members of options and results whose names say
 * `size` come first, so that later versions can add members behind.  Functions return
 * an exit code of the table below, ROLEWALL_OK (0) on success, and put what a person
 * should know into `messages`. Out-parameters are written on success only.  The library
 * prints nothing and keeps no globals; objects made from one another (a rule set and
 * its site, the messages of both) must not be used by two threads at a time.  Out of
 * memory, and only that, ends the process with one line.
 */
#ifndef ROLEWALL_H
#define ROLEWALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

/* What every function returns and the program exits with. */
enum rolewall_exit {
	ROLEWALL_OK = 0,     /* success; also: nothing to change */
	ROLEWALL_FAILED = 1, /* run-time failure: the kernel refused, I/O */
	ROLEWALL_DIFFERENT =
		2, /* only with --detailed-exitcode: there are differences */
	ROLEWALL_SITE_WRONG =
		3,            /* the site or profile is wrong: there is a file:line */
	ROLEWALL_REFUSED = 4, /* it would cut a protected path, or open too much */
	ROLEWALL_CONFLICT =
		5,            /* the rules moved, a change is pending, a lock is held */
	ROLEWALL_NOTHING = 6, /* nothing to confirm */
	ROLEWALL_USAGE = 64,  /* the command line */
	ROLEWALL_NO_PERMISSION = 77 /* CAP_NET_ADMIN is missing; nothing was done */
};

/* A text that the library made; freed by rolewall_text_free(). */
struct rolewall_text {
	char *data; /* NUL-ended */
	size_t length;
};

void rolewall_text_free(struct rolewall_text *text);

/* "0.1.0". */
const char *rolewall_version(void);

/* ---- messages ------------------------------------------------------------- */

struct rolewall_messages;

struct rolewall_messages *rolewall_messages_new(void);
void rolewall_messages_free(struct rolewall_messages *messages);

unsigned rolewall_messages_errors(const struct rolewall_messages *messages);
unsigned rolewall_messages_warnings(const struct rolewall_messages *messages);

/* Adds an error of the caller's own, without a place: a usage error, an output file. */
void rolewall_messages_add(struct rolewall_messages *messages, enum rolewall_exit kind,
			   const char *text);

/* FILE:LINE:COLUMN: error: ..., with the line and a caret, as compilers do. */
void rolewall_messages_print(const struct rolewall_messages *messages, bool color,
			     struct rolewall_text *text);

/*
 * The name among `names` (NULL entries are passed over) that was probably meant by
 * `name`, for the caller's own usage errors; NULL when none is near.
 */
const char *rolewall_nearest(const char *name, const char *const *names, size_t count);

/* ---- sites ---------------------------------------------------------------- */

struct rolewall_site;

struct rolewall_site_options {
	size_t size;                /* sizeof(struct rolewall_site_options) */
	const char *const *folders; /* searched for profiles first; NULL: none */
	size_t folder_count;
	const char *share_folder; /* holds profiles/; NULL: as installed */
	const char *stdin_name; /* what messages call standard input; NULL: "<stdin>" */
	bool notes; /* warn with the `note` of each flow that is open, as `check` does
		     */
};

/*
 * Reads and checks the site or profile at `path` ("-": standard input) and all that it
 * names.  ROLEWALL_SITE_WRONG with every mistake that could be found in one run.
 * `options` may be NULL.
 */
int rolewall_site_open(const char *path, const struct rolewall_site_options *options,
		       struct rolewall_messages *messages, struct rolewall_site **site);
void rolewall_site_free(struct rolewall_site *site);

/* Whether the file is a profile: roles and flows, no hosts. */
bool rolewall_site_is_profile(const struct rolewall_site *site);

/* The hosts, in the site's order; NULL past the last. */
const char *rolewall_site_host(const struct rolewall_site *site, size_t index);

/*
 * The host to work for: `name`, or when NULL this machine's by host name, else by
 * address.  The result belongs to the site.
 */
int rolewall_site_find_host(struct rolewall_site *site, const char *name,
			    struct rolewall_messages *messages, const char **host);

/* "text", "markdown", "csv", "json": the flows as a table.  `host` NULL: all. */
int rolewall_site_matrix(struct rolewall_site *site, const char *host,
			 const char *format, bool color,
			 struct rolewall_messages *messages,
			 struct rolewall_text *text);

/* ---- rule sets ------------------------------------------------------------ */

struct rolewall_ruleset;

/*
 * Compiles one host.  The rule set keeps the site, which may be freed before it.
 * ROLEWALL_SITE_WRONG also when an expectation of the site, of whichever host, does not
 * hold.
 */
int rolewall_compile(struct rolewall_site *site, const char *host,
		     struct rolewall_messages *messages,
		     struct rolewall_ruleset **ruleset);

/* The rule set that is wanted by `unload`: none. */
struct rolewall_ruleset *rolewall_ruleset_none(void);

/*
 * Whether the file begins as a saved rule set does; false also when it cannot be read,
 * and for pipes, which can be read only once.
 */
bool rolewall_ruleset_is_saved(const char *path);

/* A saved rule set; ROLEWALL_FAILED when it is not one. */
int rolewall_ruleset_open(const char *path, struct rolewall_messages *messages,
			  struct rolewall_ruleset **ruleset);
void rolewall_ruleset_free(struct rolewall_ruleset *ruleset);

/*
 * "nft": a script; "json": libnftables JSON; "saved": what rolewall_ruleset_open()
 * reads.  ROLEWALL_FAILED for what was read from a kernel and holds parts that are not
 * rolewall's and that nft's words cannot say.
 */
int rolewall_ruleset_print(const struct rolewall_ruleset *ruleset, const char *format,
			   struct rolewall_messages *messages,
			   struct rolewall_text *text);

/* ---- explain -------------------------------------------------------------- */

struct rolewall_explanation;

struct rolewall_explain_options {
	size_t size; /* sizeof(struct rolewall_explain_options) */
	/* whose rules, and all that they do with the packets; NULL: those of each host
	 * that the packets are from or to, else this machine's */
	const char *host;
	const char *interface; /* they come or leave by it; NULL: by the usual one */
	/* what this machine's kernel holds, instead of what the site compiles to; it
	 * must outlive the explanation */
	const struct rolewall_ruleset *live;
};

/*
 * What becomes of new packets like "tcp analysts sensor-1:22", by which rules and for
 * which flows.  Every address that a name stands for is meant, and every port where
 * there is none; the answer is divided where they differ.  ROLEWALL_USAGE when the
 * packet is none.  The explanation keeps the site.  `options` may be NULL.
 */
int rolewall_explain(struct rolewall_site *site, const char *packet,
		     const struct rolewall_explain_options *options,
		     struct rolewall_messages *messages,
		     struct rolewall_explanation **explanation);
void rolewall_explanation_free(struct rolewall_explanation *explanation);

/* "accept", "drop", "reject", "mixed" or "unknown": of all packets, on all of their
 * way. */
const char *rolewall_explanation_verdict(
	const struct rolewall_explanation *explanation);

void rolewall_explanation_print(const struct rolewall_explanation *explanation,
				bool color, struct rolewall_text *text);

/* ---- the kernel ----------------------------------------------------------- */

struct rolewall_kernel;

/* `netns`: a name in /run/netns, or NULL for the caller's network namespace. */
int rolewall_kernel_open(const char *netns, struct rolewall_messages *messages,
			 struct rolewall_kernel **kernel);
void rolewall_kernel_close(struct rolewall_kernel *kernel);

/* rolewall's tables as they are loaded now: one consistent snapshot. */
int rolewall_kernel_read(struct rolewall_kernel *kernel,
			 struct rolewall_messages *messages,
			 struct rolewall_ruleset **live);

/* ---- plans ---------------------------------------------------------------- */

struct rolewall_plan;

/* What turns `live` into `desired`.  Both must outlive the plan. */
int rolewall_plan_make(const struct rolewall_ruleset *live,
		       const struct rolewall_ruleset *desired,
		       struct rolewall_plan **plan);
void rolewall_plan_free(struct rolewall_plan *plan);

bool rolewall_plan_is_empty(const struct rolewall_plan *plan);

struct rolewall_plan_options {
	size_t size; /* sizeof(struct rolewall_plan_options) */
	bool color;
	const char *host;    /* for the first line */
	const char *against; /* NULL: the kernel */
	bool effects;        /* behind it, what traffic that opens and closes */
};

void rolewall_plan_print(const struct rolewall_plan *plan,
			 const struct rolewall_plan_options *options,
			 struct rolewall_text *text);

/*
 * ROLEWALL_REFUSED, with packets that show it, when the plan lets something pass that
 * does not pass now, or may do so.
 */
int rolewall_plan_opens_nothing(const struct rolewall_plan *plan,
				struct rolewall_messages *messages);

/* "2 rules to add, 1 element to remove". */
void rolewall_plan_summary(const struct rolewall_plan *plan,
			   struct rolewall_text *text);

/*
 * Commits exactly this plan, or nothing: ROLEWALL_CONFLICT when the kernel's rules have
 * moved since `live` was read.  Afterwards the kernel is read back and compared.
 */
int rolewall_plan_apply(const struct rolewall_plan *plan,
			struct rolewall_kernel *kernel,
			struct rolewall_messages *messages);

/* Asks the kernel to validate the plan without committing anything. */
int rolewall_plan_verify(const struct rolewall_plan *plan,
			 struct rolewall_kernel *kernel,
			 struct rolewall_messages *messages);

/* ---- what outlives a run: the pending change, the confirmed rule sets ------ */

struct rolewall_state;

struct rolewall_state_options {
	size_t size;              /* sizeof(struct rolewall_state_options) */
	const char *state_folder; /* NULL: /var/lib/rolewall */
	const char *run_folder;   /* NULL: /run/rolewall */
	/* a name in /run/netns, whose state stands apart; NULL: the caller's */
	const char *netns;
	unsigned lock_seconds; /* to wait while another one changes something */
	/* absolute: what a systemd timer is to run as "PROGRAM rollback ID
	 * --unless-confirmed"; NULL: the timer is a process, also where systemd runs */
	const char *program;
	bool make; /* the folders, when they are not there */
};

/* `options` may be NULL.  The folders have to be the caller's alone. */
int rolewall_state_open(const struct rolewall_state_options *options,
			struct rolewall_messages *messages,
			struct rolewall_state **state);
void rolewall_state_close(struct rolewall_state *state);

/*
 * Rolls back what should have been rolled back by now and was not, because its timer
 * was killed: to be called before anything else.  Warns when it did, and when it could
 * not.
 */
int rolewall_settle(struct rolewall_state *state, struct rolewall_messages *messages);

enum { ROLEWALL_ID_BYTES = 9 };

struct rolewall_pending {
	char id[ROLEWALL_ID_BYTES];
	int64_t since, deadline; /* seconds since 1970, by the clock as it is now */
	unsigned seconds_left;
	bool timer_lives; /* false: the next call behind the deadline rolls back */
};

struct rolewall_confirmed {
	char id[ROLEWALL_ID_BYTES];
	int64_t at; /* seconds since 1970 */
	bool damaged;
};

struct rolewall_history {
	bool is_pending;
	struct rolewall_pending pending;            /* if it is */
	bool is_loaded_at_boot;                     /* confirmed[0] is */
	const struct rolewall_confirmed *confirmed; /* newest first */
	size_t confirmed_count;
	/* what became of the last change: "3f9a2c1b was rolled back: ..."; NULL */
	const char *ended;
};

int rolewall_history_read(struct rolewall_state *state,
			  struct rolewall_messages *messages,
			  struct rolewall_history **history);
void rolewall_history_free(struct rolewall_history *history);

/* The rule set that was confirmed as `id`; ROLEWALL_NOTHING when there is none. */
int rolewall_confirmed_open(struct rolewall_state *state, const char *id,
			    struct rolewall_messages *messages,
			    struct rolewall_ruleset **ruleset);

/* ---- changing the kernel -------------------------------------------------- */

struct rolewall_apply_options {
	size_t size; /* sizeof(struct rolewall_apply_options) */
	/* what is kept of the change; NULL: nothing, and then there is no deadline */
	struct rolewall_state *state;
	unsigned deadline_seconds; /* 0: the change is confirmed at once */
	/* "auto", PROTO/PORT, PROTO/PORT@ADDRESS: ways that have to stay open */
	const char *const *protect;
	size_t protect_count;
	bool force;         /* past the protected ways, and nothing else */
	bool cut;           /* connections that would not be admitted any more */
	bool fail_if_opens; /* refuse, and send nothing, if any packet would newly pass
			     */
};

struct rolewall_connections;

struct rolewall_apply_result {
	bool changed;
	uint32_t generation;           /* the kernel's, after */
	struct rolewall_plan *plan;    /* what was done */
	struct rolewall_ruleset *live; /* what it was made from */
	char id[ROLEWALL_ID_BYTES];    /* of the change; "" when nothing was changed */
	bool is_pending;
	struct rolewall_pending pending; /* if it is */
	/* that go on although the rules would not admit them now; NULL: none */
	struct rolewall_connections *connections;
	size_t cut_count;
	void *arena; /* the library's own: what the members above live in */
};

/* Before the desired rule set is freed. */
void rolewall_apply_result_free(struct rolewall_apply_result *result);

/*
 * Reads, plans and commits until the kernel holds `desired`: tried again a bounded
 * number of times when others change rules meanwhile.  A no-op sends nothing.
 *
 * With a deadline the roll-back is made before the change is sent, and armed: a systemd
 * timer, or a process of its own session, which is a child of the caller's and lives
 * until the change is settled.  ROLEWALL_CONFLICT while another change is pending,
 * ROLEWALL_REFUSED when a protected way would be cut.  Without rules (`unload`) there
 * is no deadline, a pending change is settled, and what is loaded at boot stays.
 * `options` may be NULL.
 */
int rolewall_apply(struct rolewall_kernel *kernel,
		   const struct rolewall_ruleset *desired,
		   const struct rolewall_apply_options *options,
		   struct rolewall_messages *messages,
		   struct rolewall_apply_result *result);

/*
 * The pending change stays, for boot too.  `id` NULL: whichever it is.  The id that was
 * confirmed goes to `confirmed`.  ROLEWALL_NOTHING when it is not pending any more,
 * ROLEWALL_REFUSED over the connection by which the change was made, unless `force`.
 */
int rolewall_confirm(struct rolewall_state *state, const char *id, bool force,
		     struct rolewall_messages *messages,
		     char confirmed[ROLEWALL_ID_BYTES]);

/*
 * The rule set from before the pending change comes back now.  With `unless_confirmed`
 * a change that is settled already is success.
 */
int rolewall_rollback(struct rolewall_state *state, const char *id,
		      bool unless_confirmed, struct rolewall_messages *messages,
		      char rolled_back[ROLEWALL_ID_BYTES]);

/*
 * The last confirmed rule set, from its file alone: for boot.  A damaged one gives way
 * to the one before it, the last to a closed rule set with the protected ways: both
 * are ROLEWALL_FAILED, said, and loaded.  ROLEWALL_NOTHING when none was confirmed.
 */
int rolewall_load(struct rolewall_state *state, struct rolewall_messages *messages,
		  char loaded[ROLEWALL_ID_BYTES]);

/* Nothing is loaded at boot any more; what was goes into the history. */
int rolewall_forget(struct rolewall_state *state, struct rolewall_messages *messages);

/* Lines for people, of connections that go on or were cut; "" when there are none. */
void rolewall_connections_print(const struct rolewall_apply_result *result,
				struct rolewall_text *text);

/* ---- status and JSON ------------------------------------------------------ */

/* For people: loaded or not, drift, counters by flow, neighbours on the same hooks. */
void rolewall_status_print(const struct rolewall_ruleset *live,
			   const struct rolewall_plan *drift,
			   const struct rolewall_history *history, bool color,
			   struct rolewall_text *text);

/* Warns of other tables' chains on the hooks that rolewall uses, if there are any. */
void rolewall_neighbours_report(const struct rolewall_ruleset *live,
				struct rolewall_messages *messages);

/* One file that a verb wrote. */
struct rolewall_output {
	const char *host, *path;
};

/* What a verb found or did, for --json; members that do not apply are NULL. */
struct rolewall_result {
	size_t size; /* sizeof(struct rolewall_result) */
	const char *verb;
	const char *host;
	const struct rolewall_plan *plan;    /* plan, apply, unload, status (drift) */
	const struct rolewall_ruleset *live; /* status */
	const struct rolewall_ruleset *ruleset;      /* compile */
	const struct rolewall_site *site;            /* matrix, check */
	const struct rolewall_apply_result *applied; /* apply, unload */
	const char *format;                    /* compile: "nft", "json", "saved" */
	const struct rolewall_output *outputs; /* compile: the files, instead of text */
	size_t output_count;
	const char *against; /* plan: what was compared with; NULL: the kernel */
	const struct rolewall_history *history; /* status */
	const char *id; /* confirm, rollback, load: of the change */
	const struct rolewall_explanation *explanation; /* explain */
};

/* Exactly one JSON document, for success and failure alike, ended by a newline. */
void rolewall_json(const struct rolewall_messages *messages, int exit_code,
		   const struct rolewall_result *result, struct rolewall_text *text);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif
