/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What it costs to load a host's rules: rolewall beside nft, both beside the kernel.
 *
 *	rolewall-bench ROLEWALL SITE HOST [ROUNDS [PAUSE-MS]]
 *
 * Whole processes, each in a network namespace of its own, in turn (A B C A B C), so
 * that what disturbs the machine disturbs all.  "the kernel alone" is one sendmsg of
 * the bytes that rolewall itself sends, encoded beforehand, to the last answer.  Prints
 * medians, and ratios taken turn by turn.  Judges nothing: read the ratios.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROUND_MAX = 1000, ARGUMENT_MAX = 12 };

struct cost {
	double milliseconds;
	long peak_kib;
};

/* One thing that is timed: `prepare` (if any) untimed first, in the same namespace. */
struct variant {
	const char *name;
	const char *prepare[ARGUMENT_MAX], *command[ARGUMENT_MAX];
	const char *tidy[ARGUMENT_MAX]; /* untimed, afterwards */
	bool replay;                    /* no command: send the saved bytes */
	struct cost costs[ROUND_MAX];
};

enum {
	LOAD_KERNEL,
	LOAD_ROLEWALL,
	LOAD_NFT,
	SAME_ROLEWALL,
	SAME_NFT,
	APPLY_DEADLINE,
	ROLLBACK,
	BOOT,
	VARIANT_COUNT
};

struct bytes {
	char *data;
	size_t length;
};

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
	exit(1);
}

static double now_milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* ---- processes ---- */

static void quiet_exec(const char *const *command)
{
	int null = open("/dev/null", O_RDWR);

	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0)
		fail("/dev/null");
	execvp(command[0], (char *const *)(uintptr_t)command);
	fail(command[0]);
}

static struct cost run(const char *const *command)
{
	struct rusage usage;
	int status;
	double start = now_milliseconds();
	pid_t child = vfork();

	if (child < 0)
		fail("vfork");
	if (child == 0)
		quiet_exec(command);
	if (wait4(child, &status, 0, &usage) != child)
		fail("wait4");
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		fprintf(stderr, "bench: %s failed\n", command[0]);
		exit(1);
	}
	return (struct cost){ now_milliseconds() - start, usage.ru_maxrss };
}

/* ---- the kernel alone ---- */

static void add_batch_mark(struct bytes *batch, uint16_t type, uint32_t sequence)
{
	struct {
		struct nlmsghdr header;
		struct nfgenmsg family;
	} mark = {
		.header = { .nlmsg_len = sizeof(mark),
			    .nlmsg_type = type,
			    .nlmsg_flags = NLM_F_REQUEST,
			    .nlmsg_seq = sequence },
		.family = { .nfgen_family = AF_UNSPEC,
			    .version = NFNETLINK_V0,
			    .res_id = htons(NFNL_SUBSYS_NFTABLES) },
	};

	batch->data = realloc(batch->data, batch->length + sizeof(mark));
	if (!batch->data)
		fail("batch");
	memcpy(batch->data + batch->length, &mark, sizeof(mark));
	batch->length += sizeof(mark);
}

/* The last message asks for an answer, so that "done" is something that was read. */
static void ask_for_answer(struct bytes *messages)
{
	struct nlmsghdr *last = NULL;

	for (size_t at = 0; at + sizeof(*last) <= messages->length;) {
		last = (struct nlmsghdr *)(void *)(messages->data + at);
		last->nlmsg_flags &= (uint16_t)~NLM_F_ACK;
		at += NLMSG_ALIGN(last->nlmsg_len);
	}
	if (last)
		last->nlmsg_flags |= NLM_F_ACK;
}

/* What follows the "bytes N" line and its empty line in a saved rule set. */
static struct bytes batch_of(const char *path)
{
	FILE *file = fopen(path, "rb");
	struct bytes messages = { 0 }, batch = { 0 };
	char line[4096];
	size_t length = 0;

	if (!file)
		fail(path);
	while (fgets(line, sizeof(line), file) && line[0] != '\n') {
		if (strncmp(line, "bytes ", 6) == 0)
			length = strtoul(line + 6, NULL, 10);
	}
	messages.data = malloc(length + 1);
	messages.length = messages.data ? fread(messages.data, 1, length, file) : 0;
	fclose(file);
	if (!length || messages.length != length)
		fail("saved rule set");

	ask_for_answer(&messages);
	add_batch_mark(&batch, NFNL_MSG_BATCH_BEGIN, 0);
	batch.data = realloc(batch.data, batch.length + messages.length);
	if (!batch.data)
		fail("batch");
	memcpy(batch.data + batch.length, messages.data, messages.length);
	batch.length += messages.length;
	add_batch_mark(&batch, NFNL_MSG_BATCH_END, 0);
	free(messages.data);
	return batch;
}

static int netlink_open(size_t length)
{
	int socket_fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	int size = (int)length + 65536, one = 1;

	if (socket_fd < 0)
		fail("netlink");
	setsockopt(socket_fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	setsockopt(socket_fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
	return socket_fd;
}

static double replay(const struct bytes *batch)
{
	int socket_fd = netlink_open(batch->length);
	char answer[8192];
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	double start = now_milliseconds();

	if (sendto(socket_fd, batch->data, batch->length, 0, (struct sockaddr *)&kernel,
		   sizeof(kernel)) != (ssize_t)batch->length)
		fail("sendto");

	ssize_t length = recv(socket_fd, answer, sizeof(answer), 0);
	double end = now_milliseconds();
	const struct nlmsgerr *error = NLMSG_DATA((struct nlmsghdr *)(void *)answer);

	if (length < (ssize_t)(NLMSG_HDRLEN + sizeof(*error)) || error->error) {
		fprintf(stderr, "bench: the kernel refused the batch: %d\n",
			length > 0 ? error->error : 0);
		exit(1);
	}
	close(socket_fd);
	return end - start;
}

/*
 * In a child: this process must stay small, for what runs the others begins as a copy
 * of it, and the kernel counts that to their peak.
 */
static struct cost run_replay(const char *path)
{
	struct rusage usage;
	double milliseconds;
	int ends[2], status;

	if (pipe(ends) < 0)
		fail("pipe");

	pid_t child = fork();

	if (child < 0)
		fail("fork");
	if (child == 0) {
		struct bytes batch = batch_of(path);

		milliseconds = replay(&batch);
		_exit(write(ends[1], &milliseconds, sizeof(milliseconds)) < 0);
	}
	close(ends[1]);
	if (read(ends[0], &milliseconds, sizeof(milliseconds)) !=
		    sizeof(milliseconds) ||
	    wait4(child, &status, 0, &usage) != child)
		exit(1); /* the child has said why */
	close(ends[0]);
	return (struct cost){ milliseconds, usage.ru_maxrss };
}

/* ---- rounds ---- */

/*
 * With a pause the kernel has cleared the namespaces before away, which takes a part of
 * everybody's turn else; but a commit on a machine that has nothing to do waits longer
 * for all its processors to have passed by.
 */
static long pause_ms;

static void rest(void)
{
	const struct timespec pause = { .tv_nsec = pause_ms * 1000 * 1000 };

	if (pause_ms)
		nanosleep(&pause, NULL);
}

static void measure(struct variant *variant, int round, const char *path)
{
	if (unshare(CLONE_NEWNET) < 0)
		fail("a network namespace (needs root)");
	rest();
	if (variant->prepare[0]) {
		run(variant->prepare);
		rest();
	}
	variant->costs[round] =
		variant->replay ? run_replay(path) : run(variant->command);
	if (variant->tidy[0])
		run(variant->tidy);
}

static int compare_numbers(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

static double median(double *numbers, int count)
{
	qsort(numbers, (size_t)count, sizeof(*numbers), compare_numbers);
	return count % 2 ? numbers[count / 2]
			 : (numbers[count / 2 - 1] + numbers[count / 2]) / 2;
}

static double median_time(const struct variant *variant, int rounds)
{
	double numbers[ROUND_MAX];

	for (int i = 0; i < rounds; i++)
		numbers[i] = variant->costs[i].milliseconds;
	return median(numbers, rounds);
}

static double median_peak(const struct variant *variant, int rounds)
{
	double numbers[ROUND_MAX];

	for (int i = 0; i < rounds; i++)
		numbers[i] = (double)variant->costs[i].peak_kib;
	return median(numbers, rounds);
}

/* The median of the turns' own ratios: `a` over `b`. */
static double median_ratio(const struct variant *a, const struct variant *b, int rounds)
{
	double numbers[ROUND_MAX];

	for (int i = 0; i < rounds; i++)
		numbers[i] = a->costs[i].milliseconds / b->costs[i].milliseconds;
	return median(numbers, rounds);
}

static void report(const struct variant *variants, int rounds)
{
	const struct variant *kernel = &variants[LOAD_KERNEL];
	const struct variant *ours = &variants[LOAD_ROLEWALL],
			     *nft = &variants[LOAD_NFT];
	const struct variant *same = &variants[SAME_ROLEWALL];

	printf("%-42s %10s %12s\n", "", "median ms", "peak KiB");
	for (int i = 0; i < VARIANT_COUNT; i++)
		printf("%-42s %10.3f %12.0f\n", variants[i].name,
		       median_time(&variants[i], rounds),
		       median_peak(&variants[i], rounds));
	printf("\n%-58s %s  goal\n", "ratio, turn by turn", "  is");
	printf("%-58s %5.2f  >= 3\n", "load: nft -f over rolewall apply",
	       median_ratio(nft, ours, rounds));
	printf("%-58s %5.2f  <= 1.5\n", "load: rolewall apply over the kernel alone",
	       median_ratio(ours, kernel, rounds));
	printf("%-58s %5.2f  <= 1\n", "load: peak memory, rolewall over nft",
	       median_peak(ours, rounds) / median_peak(nft, rounds));
	printf("%-58s %5.2f  >= 1\n", "nothing changed: nft -f over rolewall apply",
	       median_ratio(nft, same, rounds));
	printf("%-58s %5.2f\n", "nothing changed: nft -f again over rolewall apply",
	       median_ratio(&variants[SAME_NFT], same, rounds));
	for (int i = APPLY_DEADLINE; i < VARIANT_COUNT; i++)
		printf("%s%-*s %5.2f  <= 1.5\n", variants[i].name,
		       58 - (int)strlen(variants[i].name), ": over a plain apply",
		       median_ratio(&variants[i], ours, rounds));
}

static void compile(const char *rolewall, const char *site, const char *host,
		    const char *format, const char *path)
{
	const char *const command[] = { rolewall, "compile",  site,   "--host",
					host,     "--format", format, "-o",
					path,     "-q",       NULL };

	run(command);
}

/* In memory: what a disk makes of an fsync is not what is compared. */
static char folder[] = "/dev/shm/rolewall-bench-XXXXXX", script[64], saved[64];

static void remove_files(void)
{
	const char *const command[] = { "rm", "-rf", "--", folder, NULL };

	run(command);
}

static void keep_state_apart(const char *variable, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (setenv(variable, path, 1) < 0)
		fail("setenv");
}

/* PROGRAM COMMAND [SITE --host HOST] OPTION -q */
static void set_words(const char **words, char **argv, const char *command,
		      const char *option)
{
	size_t count = 0;

	words[count++] = argv[1];
	words[count++] = command;
	if (strcmp(command, "apply") == 0) {
		words[count++] = argv[2];
		words[count++] = "--host";
		words[count++] = argv[3];
	}
	if (option)
		words[count++] = option;
	words[count] = "-q";
}

static void name_variants(struct variant *variants)
{
	variants[LOAD_KERNEL].name = "load: the kernel alone, rolewall's bytes";
	variants[LOAD_ROLEWALL].name = "load: rolewall apply";
	variants[LOAD_NFT].name = "load: nft -f";
	variants[SAME_ROLEWALL].name = "nothing changed: rolewall apply";
	variants[SAME_NFT].name = "the same again: nft -f";
	variants[APPLY_DEADLINE].name = "rolewall apply with a deadline";
	variants[ROLLBACK].name = "rolewall rollback";
	variants[BOOT].name = "rolewall load";
}

/* The order matters: what is loaded at boot was confirmed by what comes before. */
static void set_variants(struct variant *variants, char **argv)
{
	const struct variant nft = { .command = { "nft", "-f", script, NULL } };

	variants[LOAD_KERNEL].replay = true;
	variants[LOAD_NFT] = variants[SAME_NFT] = nft;
	memcpy(variants[SAME_NFT].prepare, nft.command, sizeof(nft.command));
	set_words(variants[LOAD_ROLEWALL].command, argv, "apply", "--no-confirm");
	set_words(variants[LOAD_ROLEWALL].tidy, argv, "unload", "--forget");
	set_words(variants[SAME_ROLEWALL].prepare, argv, "apply", "--no-confirm");
	set_words(variants[SAME_ROLEWALL].command, argv, "apply", "--no-confirm");
	set_words(variants[APPLY_DEADLINE].command, argv, "apply", "--confirm=60");
	set_words(variants[APPLY_DEADLINE].tidy, argv, "rollback", NULL);
	set_words(variants[ROLLBACK].prepare, argv, "apply", "--confirm=60");
	set_words(variants[ROLLBACK].command, argv, "rollback", NULL);
	set_words(variants[BOOT].command, argv, "load", NULL);
	name_variants(variants);
}

int main(int argc, char **argv)
{
	static struct variant variants[VARIANT_COUNT];
	int rounds = argc > 4 ? atoi(argv[4]) : 21;

	pause_ms = argc > 5 ? strtol(argv[5], NULL, 10) : 0;
	if (argc < 4 || rounds < 1 || rounds > ROUND_MAX || pause_ms < 0 ||
	    pause_ms >= 1000) {
		fputs("usage: rolewall-bench ROLEWALL SITE HOST [ROUNDS [PAUSE-MS]]\n",
		      stderr);
		return 64;
	}
	if (!mkdtemp(folder))
		fail(folder);
	atexit(remove_files);
	keep_state_apart("ROLEWALL_STATE_DIR", "state");
	keep_state_apart("ROLEWALL_RUN_DIR", "run");
	snprintf(script, sizeof(script), "%s/host.nft", folder);
	snprintf(saved, sizeof(saved), "%s/host.saved", folder);
	compile(argv[1], argv[2], argv[3], "nft", script);
	compile(argv[1], argv[2], argv[3], "saved", saved);

	set_variants(variants, argv);
	for (int round = 0; round < rounds; round++) {
		for (int i = 0; i < VARIANT_COUNT; i++)
			measure(&variants[i], round, saved);
	}
	printf("host %s of %s, %d rounds\n\n", argv[3], argv[2], rounds);
	report(variants, rounds);
	return 0;
}
