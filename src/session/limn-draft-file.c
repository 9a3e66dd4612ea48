/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The draft as a text, to be there again at the next start. What cannot be read back goes before it is written: it must not take the
 * words with it. */
#include "config.h"

#include "session/limn-draft-private.h"

#include "formats/limn-json.h"
#include "session/limn-json-text.h"
#include "session/limn-request-control.h"
#include "session/limn-request-lora.h"

#include <string.h>

#define LIMN_DRAFT_VERSION 1

/* Two texts of any length, in which each character may take seven bytes. It is our own file: what is too large would be lost. */
#define MAX_BYTES ((gsize) 512 << 20)

/* Fields that contradict each other (tiles that overlap wholly) are no request that can be read back, and the words would be lost with
 * them. What is easiest to set again goes first, the picture to start from last. */
static void
drop_contradictions (LimnRequest *request)
{
  if (limn_request_check (request, NULL))
    return;
  if (request->seed_width == 0 || request->seed_height == 0)
    request->seed_width = request->seed_height = 0;
  if (limn_request_check (request, NULL))
    return;
  request->tile = request->overlap = 0;
  if (request->source && !limn_request_check (request, NULL))
    {
      request->source->restore = LIMN_RESTORE_NONE;
      limn_request_source_set_file (request->source, NULL);
      request->wrap_x = request->wrap_y = FALSE;
    }
  if (!limn_request_check (request, NULL))
    limn_request_set_source (request, NULL);
}

static void
make_writable (LimnRequest *request)
{
  /* JSON is UTF-8, and the names of files need not be: better another model than no draft. */
  if (request->model && !g_utf8_validate (request->model, -1, NULL))
    limn_request_set_model (request, NULL);
  if (request->device && !g_utf8_validate (request->device, -1, NULL))
    limn_request_set_device (request, NULL);
  if (request->vae && !g_utf8_validate (request->vae, -1, NULL))
    limn_request_set_vae (request, NULL);
  for (guint i = request->loras ? request->loras->len : 0; i-- > 0;)
    if (!g_utf8_validate (((LimnRequestLora *) request->loras->pdata[i])->path, -1, NULL))
      g_ptr_array_remove_index (request->loras, i);
  if (request->loras && request->loras->len == 0)
    g_clear_pointer (&request->loras, g_ptr_array_unref);
  for (guint i = request->controls ? request->controls->len : 0; i-- > 0;)
    if (!g_utf8_validate (((LimnRequestControl *) request->controls->pdata[i])->model, -1, NULL))
      g_ptr_array_remove_index (request->controls, i);
  if (request->controls && request->controls->len == 0)
    g_clear_pointer (&request->controls, g_ptr_array_unref);
  drop_contradictions (request);
}

/* All as texts, for the same reason as the request itself. */
static void
write_branch (LimnDraft *self, LimnJsonText *text)
{
  g_autoptr(LimnRequest) writable = NULL;
  g_autofree char *from = NULL, *before = NULL;
  /* Many readers of JSON know no integer past 2^53. */
  g_autofree char *seed = g_strdup_printf ("%" G_GUINT64_FORMAT, self->noise_seed);

  limn_json_text_add_int (text, "fresh_noise", self->noise);
  limn_json_text_add_double (text, "noise_amount", self->noise_amount);
  limn_json_text_add_string (text, "noise_seed", seed);
  /* Of another model than its own it would be another picture. */
  if (!self->branch || (self->branch->from->model && !g_utf8_validate (self->branch->from->model, -1, NULL)))
    return;
  writable = limn_request_copy (self->before);
  make_writable (writable);
  from = limn_request_to_json (self->branch->from);
  before = limn_request_to_json (writable);
  limn_json_text_add_string (text, "branch_from", from);
  limn_json_text_add_int (text, "branch_step", self->branch->step);
  limn_json_text_add_string (text, "branch_steps", self->steps_id);
  limn_json_text_add_string (text, "before_branch", before);
  limn_json_text_add_bool (text, "before_branch_from_source", self->before_from_source);
}

/* Where it cannot be read the words are there all the same, and nothing parts from anything. */
static void
read_branch (LimnDraft *self, LimnJson *document)
{
  g_autoptr(LimnRequest) from = NULL;
  g_autoptr(LimnRequest) before = NULL;
  g_autoptr(GError) error = NULL;
  gint64 noise, step;
  double amount;
  gboolean from_source;
  const char *text, *steps_id, *seed;
  guint64 noise_seed;

  if (!limn_json_get_string_or (document, "noise_seed", NULL, &seed, NULL) || !seed ||
      !g_ascii_string_to_unsigned (seed, 10, 0, G_MAXUINT64, &noise_seed, NULL))
    noise_seed = self->noise_seed;
  if (limn_json_get_int_or (document, "fresh_noise", 0, LIMN_FRESH_NOISE_RENOISE, 0, &noise, NULL) &&
      limn_json_get_double_or (document, "noise_amount", 0, 1, FIRST_NOISE_AMOUNT, &amount, NULL))
    limn_draft_set_noise (self, noise, amount, noise_seed);
  if (!limn_json_get_string_or (document, "branch_from", NULL, &text, &error) || !text)
    return;
  from = limn_request_new_from_json (text, "draft.json", &error);
  if (from && from->open == 0 && limn_json_get_int (document, "branch_step", 0, LIMN_REQUEST_MAX_STEPS - 1, &step, &error) &&
      limn_json_get_string_or (document, "branch_steps", NULL, &steps_id, &error) &&
      limn_json_get_bool_or (document, "before_branch_from_source", FALSE, &from_source, &error) &&
      limn_json_get_string (document, "before_branch", &text, &error))
    before = limn_request_new_from_draft_json (text, "draft.json", &error);
  if (!before)
    {
      g_debug ("the draft's branch: %s", error ? error->message : "the picture is not known completely");
      return;
    }
  limn_draft_fill_open (before, self->request);
  self->branch = limn_request_branch_new (from, step);
  self->steps_id = g_strdup (steps_id);
  self->before = g_steal_pointer (&before);
  self->before_from_source = from_source;
  limn_draft_update_branch (self);
  g_object_notify (G_OBJECT (self), "branch-step");
}

char *
limn_draft_to_json (LimnDraft *self)
{
  g_autoptr(LimnRequest) whole = limn_request_copy (self->request);
  g_autofree char *request = NULL;
  g_autofree char *resting = limn_draft_write_resting (self);
  LimnJsonText *text = limn_json_text_new ();

  if (self->source->picture)
    limn_request_set_source (whole, self->source);
  make_writable (whole);
  request = limn_request_to_json (whole);

  limn_json_text_begin_object (text, NULL);
  limn_json_text_add_int (text, "version", LIMN_DRAFT_VERSION);
  limn_json_text_add_bool (text, "seed_locked", self->seed_locked);
  limn_json_text_add_int (text, "preview_slowdown", self->slowdown);
  limn_json_text_add_int (text, "grow_blend", self->grow_blend);
  limn_json_text_add_bool (text, "paint_from_source", self->from_source);
  if (self->resting->len > 0)
    limn_json_text_add_string (text, "resting_loras", resting);
  /* As text: what a request says of itself is read by its own reader, which may be stricter than this one. */
  limn_json_text_add_string (text, "request", request);
  write_branch (self, text);
  limn_json_text_end_object (text);
  return limn_json_text_free (text);
}

gboolean
limn_draft_load_json (LimnDraft *self, const char *json, GError **error)
{
  g_autoptr(LimnJson) document = limn_json_new_for_data (json, strlen (json), "draft.json", MAX_BYTES, error);
  g_autoptr(LimnRequest) request = NULL;
  gint64 version, slowdown, grow_blend;
  gboolean seed_locked, from_source;
  const char *text, *resting;

  if (!document || !limn_json_get_int (document, "version", LIMN_DRAFT_VERSION, LIMN_DRAFT_VERSION, &version, error) ||
      !limn_json_get_bool (document, "seed_locked", &seed_locked, error) ||
      !limn_json_get_int (document, "preview_slowdown", 0, LIMN_DRAFT_MAX_SLOWDOWN, &slowdown, error) ||
      !limn_json_get_int_or (document, "grow_blend", 0, LIMN_DRAFT_MAX_GROW_BLEND, 0, &grow_blend, error) ||
      !limn_json_get_bool_or (document, "paint_from_source", FALSE, &from_source, error) ||
      !limn_json_get_string_or (document, "resting_loras", "[]", &resting, error) ||
      !limn_json_get_string (document, "request", &text, error))
    return FALSE;
  request = limn_request_new_from_draft_json (text, "draft.json", error);
  if (!request)
    return FALSE;
  limn_draft_fill_open (request, self->request);
  limn_draft_drop_branch (self);
  limn_draft_take_request (self, g_steal_pointer (&request));
  limn_draft_read_resting (self, resting);
  read_branch (self, document);
  g_object_set (self, "seed-locked", seed_locked, "preview-slowdown", (guint) slowdown,
                "grow-blend", (guint) grow_blend, "paint-from-source", from_source, NULL);
  return TRUE;
}
