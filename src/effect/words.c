/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Effects in words: protocols, ports, addresses and what else is asked of a packet. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "effect/effect.h"

enum { NAME_BYTES = 15, LOOK_AHEAD = 64, BUT_MAX = 6 };

/* ---- numbers ---- */

void intervals_print(const struct intervals *intervals, struct buffer *out)
{
	for (size_t i = 0; i < intervals->count; i++) {
		const struct interval *at = &intervals->items[i];

		buffer_format(out, "%s%u", i ? ", " : "", (unsigned)at->low.low);
		if (at->high.low != at->low.low)
			buffer_format(out, "-%u", (unsigned)at->high.low);
	}
}

static bool has_number(const struct intervals *intervals, uint64_t number)
{
	for (size_t i = 0; i < intervals->count; i++) {
		if (number >= intervals->items[i].low.low &&
		    number <= intervals->items[i].high.low)
			return true;
	}
	return !intervals->count;
}

/* ---- protocols ---- */

static const char *protocol_name(unsigned number)
{
	static const struct {
		uint8_t number;
		const char *name;
	} names[] = {
		{ IPPROTO_TCP, "tcp" },       { IPPROTO_UDP, "udp" },
		{ IPPROTO_SCTP, "sctp" },     { IPPROTO_ICMP, "icmp" },
		{ IPPROTO_ICMPV6, "icmpv6" },
	};

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		if (names[i].number == number)
			return names[i].name;
	}
	return NULL;
}

/* Those that are in it, or those that are not. */
static void print_protocols(const struct intervals *intervals, bool inside,
			    struct buffer *out)
{
	const char *separator = "";

	for (unsigned p = 0; p <= UINT8_MAX; p++) {
		const char *name = protocol_name(p);

		if (has_number(intervals, p) != inside)
			continue;
		if (name)
			buffer_format(out, "%s%s", separator, name);
		else
			buffer_format(out, "%sprotocol %u", separator, p);
		separator = ", ";
	}
}

void effect_protocol(const struct effect *effect, struct buffer *out)
{
	const struct intervals *intervals = &effect->of[VARIABLE_PROTOCOL];
	unsigned count = 0;

	for (unsigned p = 0; p <= UINT8_MAX; p++)
		count += has_number(intervals, p);
	if (count == UINT8_MAX + 1) {
		buffer_text(out, "every protocol");
	} else if (count > UINT8_MAX / 2) {
		buffer_text(out, "every protocol but ");
		print_protocols(intervals, false, out);
	} else {
		print_protocols(intervals, true, out);
	}
}

/* ---- conditions beside ---- */

void effect_states(const struct effect *effect, struct buffer *out)
{
	const char *separator = "";

	for (unsigned state = 1; state <= STATE_UNTRACKED; state <<= 1) {
		if (!(effect->states & state))
			continue;
		buffer_format(out, "%s%s", separator,
			      symbol_name(DATATYPE_CT_STATE, state));
		separator = ", ";
	}
}

static void print_name(struct value value, struct buffer *out)
{
	uint8_t bytes[NAME_BYTES];

	value_store(value, bytes, NAME_BYTES);
	buffer_char(out, '"');
	buffer_printable(out, (char *)bytes, strnlen((char *)bytes, NAME_BYTES), '"');
	buffer_char(out, '"');
}

/* One name, or the names between two; those are few words for what rules can ask. */
static void print_names(const struct intervals *names, bool inside, struct buffer *out)
{
	const char *separator = "";

	for (size_t i = 0; inside && i < names->count; i++) {
		const struct interval *at = &names->items[i];

		buffer_text(out, separator);
		print_name(at->low, out);
		if (value_compare(at->low, at->high) != 0) {
			buffer_text(out, " to ");
			print_name(at->high, out);
		}
		separator = ", ";
	}
	for (size_t i = 0; !inside && i + 1 < names->count; i++) {
		struct value name = value_next(names->items[i].high);

		/* the loopback is apart anyway */
		if (value_compare(name, value_of_name("lo")) == 0)
			continue;
		buffer_text(out, separator);
		print_name(name, out);
		separator = ", ";
	}
}

/* All values but some single ones between the first and the last. */
static bool is_all_but_some(const struct intervals *names)
{
	struct value last = variable_last(VARIABLE_IIF);
	size_t count = names->count;

	if (count < 2 || count > BUT_MAX || !value_is_zero(names->items[0].low) ||
	    value_compare(names->items[count - 1].high, last) != 0)
		return false;
	for (size_t i = 0; i + 1 < count; i++) {
		struct value gap = value_next(names->items[i].high);

		if (value_compare(value_next(gap), names->items[i + 1].low) != 0)
			return false;
	}
	return true;
}

static void print_interfaces(const struct effect *effect, enum variable variable,
			     const char *words, const char **separator,
			     struct buffer *out)
{
	const struct intervals *names = &effect->of[variable];
	bool but = is_all_but_some(names);

	if (!names->count)
		return;
	buffer_format(out, "%s%s ", *separator, words);
	if (but)
		buffer_text(out, "all but ");
	print_names(names, !but, out);
	*separator = ", ";
}

void effect_conditions(const struct effect *effect, struct buffer *out)
{
	static const struct {
		enum variable variable;
		const char *words;
	} numbers[] = {
		{ VARIABLE_ICMP_TYPE, "type" },
		{ VARIABLE_SOURCE_PORT, "source port" },
		{ VARIABLE_HOP_LIMIT, "hop limit" },
		{ VARIABLE_PACKET_TYPE, "packet type" },
	};

	const char *separator = "";

	print_interfaces(effect, VARIABLE_IIF, "on", &separator, out);
	print_interfaces(effect, VARIABLE_OIF, effect->way == WAY_OUT ? "on" : "out by",
			 &separator, out);
	for (size_t i = 0; i < COUNT_OF(numbers); i++) {
		if (!effect->of[numbers[i].variable].count)
			continue;
		buffer_format(out, "%s%s ", separator, numbers[i].words);
		intervals_print(&effect->of[numbers[i].variable], out);
		separator = ", ";
	}
	if (effect->of[VARIABLE_ROUTE_BACK].count)
		buffer_format(out, "%swithout a route back", separator);
}

/* ---- addresses ---- */

struct listing {
	struct arena *arena;
	struct buffer *out;
	size_t shown, left_out;
	const char *separator;
};

static void list_range(struct listing *listing, const char *words, const uint8_t *low,
		       const uint8_t *high, uint8_t width)
{
	if (!listing->shown) {
		listing->left_out++;
		return;
	}
	listing->shown--;
	buffer_text(listing->out, listing->separator);
	buffer_text(listing->out, words);
	range_print(listing->out, low, high, width);
	listing->separator = ", ";
}

/* The smallest prefix that holds LOW and HIGH. */
static void prefix_of(const uint8_t *low, const uint8_t *high, uint8_t width,
		      struct ranges *prefix)
{
	uint8_t *first = prefix->bytes, *last = first + width;
	bool differ = false;

	prefix->count = 1;
	for (size_t i = 0; i < width; i++) {
		uint8_t mask = differ ? 0xff : low[i] ^ high[i];

		differ |= mask != 0;
		for (unsigned shift = 1; shift < 8; shift *= 2)
			mask |= (uint8_t)(mask >> shift);
		first[i] = low[i] & (uint8_t)~mask;
		last[i] = low[i] | mask;
	}
}

static struct ranges part_of(const struct ranges *ranges, size_t first, size_t count)
{
	return (struct ranges){ .width = ranges->width,
				.count = count,
				.capacity = count,
				.bytes = ranges->bytes +
					 2 * first * (size_t)ranges->width };
}

/* A prefix with exceptions says it in no more parts, and more is in it than out. */
static bool is_shorter(struct arena *arena, const struct ranges *part,
		       struct ranges *prefix, struct ranges *gaps)
{
	uint64_t inside = ranges_size(part);

	prefix_of(range_low(part, 0), range_high(part, part->count - 1), part->width,
		  prefix);
	*gaps = ranges_subtract(arena, prefix, part);
	return gaps->count < part->count && ranges_size(gaps) < inside;
}

/* How many ranges from `first` on a prefix with exceptions says better; 0: none. */
static size_t best_run(struct listing *listing, const struct ranges *ranges,
		       size_t first, struct ranges *prefix, struct ranges *gaps)
{
	size_t most = ranges->count - first;

	for (size_t count = most < LOOK_AHEAD ? most : LOOK_AHEAD; count > 1; count--) {
		struct ranges part = part_of(ranges, first, count);

		if (is_shorter(listing->arena, &part, prefix, gaps))
			return count;
	}
	return 0;
}

static void list_ranges(struct listing *listing, const struct ranges *ranges)
{
	uint8_t bytes[2 * 16];
	struct ranges prefix = { .width = ranges->width,
				 .capacity = 1,
				 .bytes = bytes };
	size_t run;

	for (size_t i = 0; i < ranges->count; i += run) {
		struct ranges gaps;

		run = listing->shown ? best_run(listing, ranges, i, &prefix, &gaps) : 0;
		if (!run) {
			run = 1;
			list_range(listing, "", range_low(ranges, i),
				   range_high(ranges, i), ranges->width);
			continue;
		}
		list_range(listing, "", range_low(&prefix, 0), range_high(&prefix, 0),
			   ranges->width);
		for (size_t g = 0; g < gaps.count; g++)
			list_range(listing, g ? "" : "except ", range_low(&gaps, g),
				   range_high(&gaps, g), ranges->width);
	}
}

bool every_address(const struct ranges *ranges)
{
	return ranges->count == 1 &&
	       range_prefix(range_low(ranges, 0), range_high(ranges, 0),
			    ranges->width) == 0;
}

/* What is missing where the most is there: "any, except ..." says it. */
static bool is_nearly_all(struct arena *arena, const struct ranges *ranges,
			  struct ranges *missing)
{
	static const uint8_t zeros[16],
		ones[16] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
			     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	struct ranges all = ranges_empty(ranges->width == 4 ? FAMILY_IP4 : FAMILY_IP6);

	if (!ranges->count)
		return false;
	ranges_push(arena, &all, zeros, ones);
	*missing = ranges_subtract(arena, &all, ranges);
	return missing->count <= ranges->count && !(range_low(ranges, 0)[0]) &&
	       range_high(ranges, ranges->count - 1)[0] == 0xff;
}

static void list_missing(struct listing *listing, const struct ranges *missing,
			 const char **except)
{
	for (size_t i = 0; i < missing->count; i++) {
		list_range(listing, *except, range_low(missing, i),
			   range_high(missing, i), missing->width);
		*except = "";
	}
}

static void list_side(struct listing *listing, const struct ranges *side,
		      const char *any)
{
	struct ranges missing;
	const char *except = "except ";

	if (!is_nearly_all(listing->arena, side, &missing)) {
		list_ranges(listing, side);
		return;
	}
	buffer_format(listing->out, "%s%s", listing->separator, any);
	listing->separator = ", ";
	list_missing(listing, &missing, &except);
}

void effect_addresses(const struct effect *effect, const struct ranges *sides,
		      size_t shown, struct buffer *out)
{
	static const char *const words[FAMILY_COUNT] = { "any IPv4 address",
							 "any IPv6 address" };
	AUTO(arena) struct arena *arena = arena_new();
	struct listing listing = { arena, out, shown, 0, ", " };
	struct ranges missing[FAMILY_COUNT];
	const char *except = "except ";

	if (is_nearly_all(arena, &sides[FAMILY_IP4], &missing[FAMILY_IP4]) &&
	    is_nearly_all(arena, &sides[FAMILY_IP6], &missing[FAMILY_IP6])) {
		buffer_text(out, "any");
		list_missing(&listing, &missing[FAMILY_IP4], &except);
		list_missing(&listing, &missing[FAMILY_IP6], &except);
	} else {
		listing.separator = "";
		for (enum family f = 0; f < FAMILY_COUNT; f++) {
			if (effect->families[f])
				list_side(&listing, &sides[f], words[f]);
		}
	}
	if (listing.left_out)
		buffer_format(out, " and %zu more", listing.left_out);
}

/* ---- a witness ---- */

static void print_end(const struct packet *packet, const uint8_t *address,
		      uint16_t port, struct buffer *out)
{
	bool ip6 = packet->family == FAMILY_IP6;
	bool ports = packet->protocol == IPPROTO_TCP ||
		     packet->protocol == IPPROTO_UDP ||
		     packet->protocol == IPPROTO_SCTP;
	char text[INET6_ADDRSTRLEN];

	inet_ntop(ip6 ? AF_INET6 : AF_INET, address, text, sizeof(text));
	if (ports)
		buffer_format(out, ip6 ? " [%s]:%u" : " %s:%u", text, port);
	else
		buffer_format(out, " %s", text);
}

void witness_print(const struct packet *packet, struct buffer *out)
{
	const char *name = protocol_name(packet->protocol);

	if (name)
		buffer_text(out, name);
	else
		buffer_format(out, "protocol %u", packet->protocol);
	if (packet->protocol == IPPROTO_ICMP || packet->protocol == IPPROTO_ICMPV6)
		buffer_format(out, " type %u", packet->icmp_type);
	print_end(packet, packet->source, packet->source_port, out);
	print_end(packet, packet->destination, packet->destination_port, out);
}
