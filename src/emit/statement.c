/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a rule does beside matching: count, limit, log, reject, remember, decide. */
#include <inttypes.h>

#include "emit/form.h"

/* ---- counter ---- */

void counter_text(const struct step *step, struct buffer *out)
{
	(void)step; /* what it has counted is the kernel's */
	buffer_text(out, "counter");
}

json_t *counter_json(const struct step *step)
{
	(void)step;
	return json_made(json_pack("{s:n}", "counter"));
}

/* ---- limit ---- */

/* What nft takes as said when a limit names no burst. */
enum { BURST_PACKETS = 5, BURST_BYTES = 0 };

static const char *const byte_units[] = { "bytes", "kbytes", "mbytes" };

/* The largest unit that says the number exactly. */
static void bytes_text(uint64_t bytes, struct buffer *out)
{
	size_t unit = 0;

	while (unit + 1 < COUNT_OF(byte_units) && bytes && bytes % 1024 == 0) {
		bytes /= 1024;
		unit++;
	}
	buffer_format(out, "%" PRIu64 " %s", bytes, byte_units[unit]);
}

/* NULL: nft has no word for it. */
static const char *period_name(uint64_t seconds)
{
	static const struct {
		uint64_t seconds;
		const char *name;
	} periods[] = {
		{ 1, "second" },  { 60, "minute" },   { 3600, "hour" },
		{ 86400, "day" }, { 604800, "week" },
	};

	for (size_t i = 0; i < COUNT_OF(periods); i++) {
		if (periods[i].seconds == seconds)
			return periods[i].name;
	}
	return NULL;
}

static void rate_text(const struct limit *limit, struct buffer *out)
{
	const char *period = period_name(limit->unit_seconds);

	buffer_format(out, "limit rate %s", limit->over ? "over " : "");
	if (limit->bytes)
		bytes_text(limit->rate, out);
	else
		buffer_format(out, "%" PRIu64, limit->rate);
	if (period)
		buffer_format(out, "/%s", period);
	else
		buffer_format(out, "/%" PRIu64 "s", limit->unit_seconds);

	if (limit->burst == (limit->bytes ? BURST_BYTES : BURST_PACKETS))
		return;
	buffer_text(out, " burst ");
	if (limit->bytes)
		bytes_text(limit->burst, out);
	else
		buffer_format(out, "%" PRIu32 " packets", limit->burst);
}

void limit_text(const struct step *step, struct buffer *out)
{
	rate_text(&step->limit, out);
}

static json_t *rate_json(const struct limit *limit)
{
	json_t *members = json_made(json_pack(
		"{s:I, s:I, s:s*}", "rate", (json_int_t)limit->rate, "burst",
		(json_int_t)limit->burst, "per", period_name(limit->unit_seconds)));

	if (limit->over)
		json_put(members, "inv", json_true());
	if (limit->bytes) {
		json_put(members, "rate_unit", json_string("bytes"));
		json_put(members, "burst_unit", json_string("bytes"));
	}
	return json_made(json_pack("{s:o}", "limit", members));
}

json_t *limit_json(const struct step *step)
{
	return rate_json(&step->limit);
}

/* ---- log ---- */

void log_text(const struct step *step, struct buffer *out)
{
	buffer_text(out, "log");
	if (step->log.prefix) {
		buffer_text(out, " prefix ");
		emit_string(step->log.prefix, out);
	}
	if (step->log.to_group)
		buffer_format(out, " group %u", (unsigned)step->log.group);
}

json_t *log_json(const struct step *step)
{
	json_t *members = json_made(json_object());

	if (step->log.prefix)
		json_put(members, "prefix", json_text(step->log.prefix));
	if (step->log.to_group)
		json_put(members, "group", json_integer(step->log.group));
	if (json_object_size(members))
		return json_made(json_pack("{s:o}", "log", members));

	json_decref(members);
	return json_made(json_pack("{s:n}", "log"));
}

/* ---- reject ---- */

static const char *const icmpx_codes[] = { "no-route", "port-unreachable",
					   "host-unreachable", "admin-prohibited" };

/* Always with its kind: what a bare "reject" sends hangs on the matches before it. */
void reject_text(const struct step *step, struct buffer *out)
{
	buffer_text(out, "reject with ");
	if (step->reject.kind == REJECT_TCP_RESET)
		buffer_text(out, "tcp reset");
	else if (step->reject.code < COUNT_OF(icmpx_codes))
		buffer_format(out, "icmpx %s", icmpx_codes[step->reject.code]);
	else
		buffer_format(out, "icmpx %u", (unsigned)step->reject.code);
}

json_t *reject_json(const struct step *step)
{
	json_t *members = json_made(json_object());

	if (step->reject.kind == REJECT_TCP_RESET) {
		json_put(members, "type", json_string("tcp reset"));
	} else {
		json_put(members, "type", json_string("icmpx"));
		json_put(members, "expr",
			 step->reject.code < COUNT_OF(icmpx_codes)
				 ? json_string(icmpx_codes[step->reject.code])
				 : json_integer(step->reject.code));
	}
	return json_made(json_pack("{s:o}", "reject", members));
}

/* ---- update ---- */

void update_text(const struct step *step, struct buffer *out)
{
	buffer_text(out, "update @");
	name_text(step->update.set->name, out);
	buffer_text(out, " { ");
	fields_text(step->update.fields, step->update.field_count, out);
	if (step->update.timeout_ms) {
		buffer_text(out, " timeout ");
		duration_text(step->update.timeout_ms, out);
	}
	if (step->update.limit.rate) {
		buffer_char(out, ' ');
		rate_text(&step->update.limit, out);
	}
	buffer_text(out, " }");
}

json_t *update_json(const struct step *step)
{
	json_t *element = fields_json(step->update.fields, step->update.field_count);
	struct buffer set AUTO_BUFFER = { 0 };

	buffer_format(&set, "@%s", step->update.set->name);
	if (step->update.timeout_ms)
		element = json_made(
			json_pack("{s:{s:o, s:I}}", "elem", "val", element, "timeout",
				  (json_int_t)(step->update.timeout_ms / 1000)));

	json_t *members = json_made(json_pack("{s:s, s:o, s:o}", "op", "update", "elem",
					      element, "set", json_text(set.data)));

	if (step->update.limit.rate)
		json_put(members, "stmt",
			 json_pack("[o]", rate_json(&step->update.limit)));
	return json_made(json_pack("{s:o}", "set", members));
}

/* ---- verdicts ---- */

void verdict_text(enum verdict verdict, const char *target, struct buffer *out)
{
	buffer_text(out, verdict_names[verdict]);
	if (target) {
		buffer_char(out, ' ');
		name_text(target, out);
	}
}

json_t *verdict_json(enum verdict verdict, const char *target)
{
	if (!target)
		return json_made(json_pack("{s:n}", verdict_names[verdict]));
	return json_made(json_pack("{s:{s:o}}", verdict_names[verdict], "target",
				   json_text(target)));
}
