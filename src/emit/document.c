/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The document that --json prints: how it went, and every message. */
#include "emit/form.h"

enum {
	DOCUMENT_FORMAT = 1,
	/* exit codes of the public header: what went well */
	EXIT_OK = 0,
	EXIT_DIFFERENT = 2
};

static json_t *number_or_null(uint32_t number)
{
	return json_made(number ? json_integer(number) : json_null());
}

/* {"file", "line", "column"}; null what is not known. */
static json_t *place_json(struct span span)
{
	return json_made(json_pack("{s:o, s:o, s:o}", "file",
				   span.source ? json_text(span.source->name)
					       : json_made(json_null()),
				   "line", number_or_null(span.line), "column",
				   number_or_null(span.column)));
}

static json_t *message_json(const struct diag *diag)
{
	json_t *message = place_json(diag->span);

	json_put(message, "severity",
		 json_string(diag->severity == SEVERITY_ERROR ? "error" : "warning"));
	json_put(message, "code", json_string(diag_code_name(diag->code)));
	json_put(message, "message", json_text(diag->text));
	json_put(message, "notes", json_array());
	return message;
}

static json_t *note_json(const struct diag *diag)
{
	json_t *note = place_json(diag->span);

	json_put(note, "message", json_text(diag->text));
	return note;
}

json_t *document_new(const struct diags *diags, int exit_code)
{
	json_t *errors = json_made(json_array()), *warnings = json_made(json_array());
	json_t *message = NULL;

	for (const struct diag *diag = diags->first; diag; diag = diag->next) {
		if (diag->severity != SEVERITY_NOTE) {
			message = message_json(diag);
			json_push(diag->severity == SEVERITY_ERROR ? errors : warnings,
				  message);
		} else if (message) {
			json_push(json_object_get(message, "notes"), note_json(diag));
		}
	}

	bool ok = diags->error_count == 0 &&
		  (exit_code == EXIT_OK || exit_code == EXIT_DIFFERENT);

	return json_made(json_pack("{s:i, s:b, s:i, s:o, s:o}", "format",
				   DOCUMENT_FORMAT, "ok", (int)ok, "exit", exit_code,
				   "errors", errors, "warnings", warnings));
}
