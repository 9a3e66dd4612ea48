/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What pictures say of each other. The first byte says which: a request, the mark of a sheet's picture, what is typed for an axis, or two prompts
 * that are compared. */
#include "config.h"

#include "session/limn-change.h"
#include "session/limn-request-chain.h"
#include "session/limn-sheet.h"

#include <stdint.h>
#include <string.h>

#define PICTURE "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

int LLVMFuzzerTestOneInput (const uint8_t *data,
                            size_t         size);

static void
demand (gboolean condition)
{
  if (!condition)
    g_abort ();
}

static void
demand_reason (gconstpointer result, const GError *error)
{
  demand ((result == NULL) == (error != NULL));
  if (error)
    demand (g_utf8_validate (error->message, -1, NULL));
}

static void
try_request (const char *text)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnRequest) request = limn_request_new_from_json (text, "request", &error);
  g_autoptr(LimnRequest) again = NULL;
  g_autofree char *json = NULL;
  g_auto(GStrv) hashes = NULL;

  demand_reason (request, error);
  if (!request)
    return;
  json = limn_request_to_json (request);
  again = limn_request_new_from_json (json, "again", NULL);
  demand (again && limn_request_equal (request, again) && limn_request_get_depth (request) <= LIMN_REQUEST_MAX_CHAIN);
  hashes = limn_request_list_hashes (request);
  demand (g_strv_length (hashes) <= LIMN_REQUEST_MAX_CHAIN);
  if (request->open == 0)
    {
      g_autoptr(GArray) segments = limn_request_list_segments (request);

      for (guint i = 0; i < segments->len; i++)
        demand (i == 0 ? g_array_index (segments, LimnRequestSegment, i).begin == 0
                       : g_array_index (segments, LimnRequestSegment, i).begin > g_array_index (segments, LimnRequestSegment, i - 1).begin);
      demand (limn_request_count_shared (request, again) == G_MAXUINT && limn_request_compare_paths (request, again) == 0);
      if (request->branch)
        {
          g_autoptr(GPtrArray) changes = limn_change_list (request);
          g_autofree char *words = limn_changes_to_english (changes);

          demand (g_utf8_validate (words, -1, NULL));
          demand (limn_request_count_shared (request, request->branch->from) >= MIN (request->branch->step,
                                                                                    limn_request_get_begin (request)));
        }
    }
}

static void
try_mark (const char *text)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnSheet) sheet = NULL;
  g_autoptr(LimnSheet) again = NULL;
  g_autofree char *job = NULL;
  g_autofree char *job_again = NULL;
  g_autofree char *written = NULL;
  guint picture, picture_again;

  limn_sheet_mark_parse (text, &job, &picture, &sheet, &error);
  demand_reason (sheet, error);
  if (!sheet)
    return;
  demand (picture < limn_sheet_get_n_pictures (sheet));
  for (guint i = 0; i < limn_sheet_get_n_pictures (sheet); i++)
    {
      guint column, row;

      limn_sheet_get_cell (sheet, i, &column, &row);
      demand (limn_sheet_get_picture_at (sheet, column, row) == i);
    }
  written = limn_sheet_mark_to_text (job, picture, sheet);
  demand (limn_sheet_mark_parse (written, &job_again, &picture_again, &again, NULL));
  demand (limn_sheet_equal (sheet, again) && picture == picture_again && g_str_equal (job, job_again));
}

static LimnRequest *
new_base (void)
{
  g_autoptr(LimnRequest) own = limn_request_new ();
  LimnRequestMix *mix = limn_request_mix_new (LIMN_MIX_PICTURES, 4);
  LimnRequest *base;

  own->open = 0;
  own->steps = 20;
  own->cfg = 7;
  own->width = own->height = 64;
  limn_request_set_prompt (own, "a b");
  for (guint i = 0; i < 4; i++)
    limn_request_mix_set_end (mix, i, own, PICTURE);
  limn_request_take_mix (own, mix);
  base = limn_request_copy (own);
  limn_request_take_branch (base, limn_request_branch_new (own, 3));
  base->branch->noise = LIMN_FRESH_NOISE_RENOISE;
  return base;
}

static void
try_axis (guint field, const char *text)
{
  g_autoptr(LimnRequest) base = new_base ();
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnSheetAxis) axis = limn_sheet_axis_new_parse ((LimnSheetField) (field % LIMN_SHEET_N_FIELDS), text, base, &error);
  g_autoptr(LimnSheetAxis) again = NULL;
  g_autofree char *written = NULL;

  demand ((axis == NULL) == (error != NULL));
  if (!axis)
    return;
  written = limn_sheet_axis_dup_text (axis);
  again = limn_sheet_axis_new_parse (limn_sheet_axis_get_field (axis), written, base, NULL);
  demand (again && limn_sheet_axis_get_n_values (again) == limn_sheet_axis_get_n_values (axis));
  for (guint i = 0; i < limn_sheet_axis_get_n_values (axis); i++)
    demand (g_str_equal (limn_sheet_axis_get_value (axis, i), limn_sheet_axis_get_value (again, i)) &&
            *limn_sheet_axis_get_label (axis, i) == *limn_sheet_axis_get_label (again, i));
}

static void
try_words (const char *text, gsize length)
{
  const char *second = text + MIN (strlen (text) + 1, length);
  g_autoptr(LimnRequest) a = limn_request_new ();
  g_autoptr(LimnRequest) b = limn_request_new ();
  g_autoptr(GPtrArray) changes = NULL;

  if (!g_utf8_validate (text, -1, NULL) || !g_utf8_validate (second, -1, NULL))
    return;
  limn_request_set_prompt (a, text);
  limn_request_set_prompt (b, second);
  changes = limn_change_list_between (a, b);
  demand ((changes->len == 0) == g_str_equal (a->prompt, b->prompt));
  for (guint i = 0; i < changes->len; i++)
    {
      const LimnChange *change = g_ptr_array_index (changes, i);

      demand (g_utf8_validate (change->old_text, -1, NULL) && g_utf8_validate (change->new_text, -1, NULL));
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autofree char *text = NULL;

  if (size < 2)
    return 0;
  text = g_malloc (size);
  memcpy (text, data + 1, size - 1);
  text[size - 1] = '\0';
  switch (data[0] % 4)
    {
    case 0:
      try_request (text);
      break;
    case 1:
      try_mark (text);
      break;
    case 2:
      try_axis (text[0], text + 1);
      break;
    default:
      try_words (text, size - 1);
      break;
    }
  return 0;
}
