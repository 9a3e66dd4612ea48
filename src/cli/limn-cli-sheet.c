/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli/limn-cli-sheet.h"

#include "cli/limn-cli-recipe.h"
#include "cli/limn-cli.h"

#include "image/limn-png.h"
#include "library/limn-atomic-file.h"
#include "session/limn-generation.h"

#include <glib/gstdio.h>
#include <stdio.h>

/* A strip that is longer goes on in the next row. */
#define MAX_COLUMNS 9

struct _LimnCliSheet
{
  char             *path; /* NULL: there is none */
  LimnContactSheet *sheet;
  guint             n_columns;
};

void
limn_cli_sheet_place_clear (LimnCliSheetPlace *place)
{
  g_free (place->path);
}

gboolean
limn_cli_sheet_place_check (const LimnCliSheetPlace *place, GError **error)
{
  return !place->path || limn_cli_check_writable (place->path, error);
}

gboolean
limn_cli_sheet_place_open (LimnCliSheetPlace *place, const char *folder, const char *begin, const char *path, GError **error)
{
  place->made = !g_file_test (folder, G_FILE_TEST_EXISTS);
  if (!limn_atomic_file_check_folder (folder, begin, error))
    return FALSE;
  place->path = path ? g_strdup (path) : g_build_filename (folder, "sheet.png", NULL);
  if (limn_cli_sheet_place_check (place, error))
    return TRUE;
  if (place->made)
    g_rmdir (folder);
  return FALSE;
}

LimnCliSheet *
limn_cli_sheet_new (const LimnCliSheetPlace *place, const LimnContactSheetParams *params, GError **error)
{
  LimnContactSheetParams full = *params;
  LimnCliSheet *sheet = g_new0 (LimnCliSheet, 1);

  if (!place->path)
    return sheet;
  full.dark = place->dark;
  sheet->n_columns = params->n_columns;
  sheet->path = g_strdup (place->path);
  sheet->sheet = limn_contact_sheet_new (&full, error);
  if (!sheet->sheet)
    g_clear_pointer (&sheet, limn_cli_sheet_free);
  return sheet;
}

LimnCliSheet *
limn_cli_sheet_new_row (const LimnCliSheetPlace *place, guint n, const char *title, const char *subtitle, guint width, guint height, GError **error)
{
  /* As many to a row as make the last one full, or nearly. */
  guint n_rows = (n + MAX_COLUMNS - 1) / MAX_COLUMNS;
  const LimnContactSheetParams params = {
    .n_columns = (n + n_rows - 1) / n_rows, .n_rows = n_rows, .cell_width = width, .cell_height = height, .title = title, .subtitle = subtitle,
    .captions = TRUE,
  };

  return limn_cli_sheet_new (place, &params, error);
}

void
limn_cli_sheet_add (LimnCliSheet *sheet, guint i, LimnImage *picture, const char *caption)
{
  if (sheet->sheet)
    limn_contact_sheet_add (sheet->sheet, i % sheet->n_columns, i / sheet->n_columns, picture, caption);
}

gboolean
limn_cli_sheet_write (LimnCliSheet *sheet, LimnCliProgress progress)
{
  g_autoptr(LimnImage) image = NULL;
  g_autoptr(GBytes) bytes = NULL;
  g_autoptr(GError) error = NULL;
  double scale;

  if (!sheet->sheet)
    return TRUE;
  scale = limn_contact_sheet_get_scale (sheet->sheet);
  image = limn_contact_sheet_free_to_image (g_steal_pointer (&sheet->sheet));
  bytes = limn_png_encode (image, NULL, 0, &error);
  if (!bytes || !limn_atomic_file_write (sheet->path, bytes, &error))
    {
      limn_cli_progress_fail (progress, error);
      return FALSE;
    }
  if (scale < 1)
    limn_cli_say ("Note: the sheet would be too large; its pictures are shown at %.0f %% of their size.", 100 * scale);
  puts (sheet->path);
  fflush (stdout);
  return TRUE;
}

void
limn_cli_sheet_free (LimnCliSheet *sheet)
{
  if (!sheet)
    return;
  limn_contact_sheet_free (sheet->sheet);
  g_free (sheet->path);
  g_free (sheet);
}

char *
limn_cli_sheet_describe (const LimnRequest *request, gboolean seed)
{
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, "%s, %u steps, guidance %g", limn_sampler_get_facts (request->sampler)->display_name, request->steps, request->cfg);
  if (seed)
    g_string_append_printf (text, ", seed %" G_GUINT64_FORMAT, limn_request_get_seed (request));
  return g_string_free (text, FALSE);
}

/* --- A sheet as its pictures --- */

typedef struct
{
  const LimnCliSheetJob *job;
  LimnCliSheet          *sheet;
  char                  *job_id;
} Painting;

static LimnRequest *
dup_request (gpointer data, guint i)
{
  const Painting *painting = data;

  return limn_sheet_dup_request (painting->job->sheet, i);
}

static char *
dup_path (gpointer data, guint i)
{
  const LimnCliSheetJob *job = ((const Painting *) data)->job;
  g_autofree char *name = NULL;
  guint column, row;

  limn_sheet_get_cell (job->sheet, i, &column, &row);
  if (job->numbered)
    name = g_strdup_printf ("%s%04u.png", job->begin, row * limn_sheet_get_n_columns (job->sheet) + column + 1);
  else
    name = g_strdup_printf ("%s%02u-column-%02u.png", job->begin, row + 1, column + 1);
  return g_build_filename (job->folder, name, NULL);
}

static void
free_text (gpointer data)
{
  LimnPngText *text = data;

  g_free (text->keyword);
  g_free (text->text);
  g_free (text);
}

/* From any of its pictures the window finds the sheet again. */
static GPtrArray *
new_texts (gpointer data, guint i)
{
  const Painting *painting = data;
  GPtrArray *texts = g_ptr_array_new_with_free_func (free_text);
  LimnPngText *text = g_new (LimnPngText, 1);

  text->keyword = g_strdup (LIMN_SHEET_KEYWORD);
  text->text = limn_sheet_mark_to_text (painting->job_id, i, painting->job->sheet);
  g_ptr_array_add (texts, text);
  return texts;
}

static void
on_painted (gpointer data, guint i, LimnImage *picture)
{
  const Painting *painting = data;
  const LimnSheet *sheet = painting->job->sheet;
  g_autofree char *caption = NULL;
  guint column, row;

  limn_sheet_get_cell (sheet, i, &column, &row);
  if (limn_sheet_get_kind (sheet) == LIMN_SHEET_VARIATIONS)
    {
      g_autoptr(LimnRequest) request = limn_sheet_dup_request (sheet, i);

      caption = g_strdup_printf ("%" G_GUINT64_FORMAT, request->branch ? request->branch->noise_seed : limn_request_get_seed (request));
    }
  limn_cli_sheet_add (painting->sheet, row * limn_sheet_get_n_columns (sheet) + column, picture, caption);
}

/* What changes along it, in words; NULL where the labels say it. */
static const char *
name_axis (LimnSheetAxis *axis)
{
  static const char *const names[LIMN_SHEET_N_FIELDS] = {
    [LIMN_SHEET_SEED] = "Seed", [LIMN_SHEET_STEPS] = "Steps", [LIMN_SHEET_CFG] = "Guidance", [LIMN_SHEET_SAMPLER] = "Sampler",
    [LIMN_SHEET_SCHEDULE] = "Schedule", [LIMN_SHEET_ETA] = "Eta", [LIMN_SHEET_STRENGTH] = "Strength", [LIMN_SHEET_LAMBDA] = "Blend",
    [LIMN_SHEET_LAMBDA_V] = "Blend, down", [LIMN_SHEET_VARIATION_SEED] = "Variation seed",
    [LIMN_SHEET_VARIATION_STRENGTH] = "Variation strength", [LIMN_SHEET_NOISE_SEED] = "Noise seed", [LIMN_SHEET_NOISE_AMOUNT] = "Fresh noise",
    [LIMN_SHEET_BRANCH_STEP] = "From step",
  };

  return axis ? names[limn_sheet_axis_get_field (axis)] : NULL;
}

/* The prompt; of what is blended, those of its ends. */
static char *
make_title (const LimnRequest *base)
{
  const LimnRequestMix *mix = base->mix;
  GString *title;

  if (!mix || !limn_request_mix_has_prompts (mix))
    return g_strdup (base->prompt);
  title = g_string_new (mix->ends[0].request->prompt);
  for (guint i = 1; i < mix->n_ends; i++)
    g_string_append_printf (title, " – %s", mix->ends[i].request->prompt);
  return g_string_free (title, FALSE);
}

static LimnCliSheet *
open_contact_sheet (const LimnCliSheetJob *job, GError **error)
{
  const LimnSheet *sheet = job->sheet;
  const LimnRequest *base = limn_sheet_get_base (sheet);
  g_autoptr(GPtrArray) columns = g_ptr_array_new_with_free_func (g_free);
  g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func (g_free);
  gboolean grid = limn_sheet_get_kind (sheet) != LIMN_SHEET_VARIATIONS;
  g_autofree char *title = make_title (base);
  LimnContactSheetParams params = {
    .n_columns = limn_sheet_get_n_columns (sheet), .n_rows = limn_sheet_get_n_rows (sheet), .cell_width = base->width,
    .cell_height = base->height, .title = title, .subtitle = job->subtitle, .captions = !grid,
  };

  for (guint i = 0; grid && i < params.n_columns; i++)
    g_ptr_array_add (columns, limn_sheet_dup_column_label (sheet, i));
  for (guint i = 0; grid && i < params.n_rows; i++)
    g_ptr_array_add (rows, limn_sheet_dup_row_label (sheet, i));
  if (grid)
    {
      params.x_name = name_axis (limn_sheet_get_x_axis (sheet));
      params.y_name = name_axis (limn_sheet_get_y_axis (sheet));
      params.column_labels = (const char *const *) columns->pdata;
      params.row_labels = (const char *const *) rows->pdata;
    }
  return limn_cli_sheet_new (job->place, &params, error);
}

/* Not after an hour, when its turn would come: a sampler that does not go with a schedule, a step after which no noise is drawn. */
static gboolean
check_all (const LimnSheet *sheet, LimnSession *session, GCancellable *cancellable, GError **error)
{
  g_autoptr(LimnInspection) inspection = limn_cli_recipe_inspect (session, limn_sheet_get_base (sheet), cancellable, error);

  for (guint i = 0; inspection && i < limn_sheet_get_n_pictures (sheet); i++)
    {
      g_autoptr(LimnRequest) request = limn_sheet_dup_request (sheet, i);

      if (!limn_generation_check (request, &inspection->facts, error))
        return FALSE;
    }
  return inspection != NULL;
}

int
limn_cli_sheet_job_paint (const LimnCliSheetJob *job, LimnSession *session, GCancellable *cancellable)
{
  g_autoptr(GError) error = NULL;
  Painting painting = { .job = job };
  const LimnCliBatch batch = {
    .n = limn_sheet_get_n_pictures (job->sheet), .progress = job->progress, .stash = job->stash, .embed = job->embed, .steps = job->steps,
    .dup_request = dup_request, .dup_path = dup_path, .new_texts = new_texts, .painted = on_painted, .data = &painting,
  };
  LimnCliBatchCount count;
  int code;

  if (check_all (job->sheet, session, cancellable, &error))
    painting.sheet = open_contact_sheet (job, &error);
  if (!painting.sheet)
    {
      code = limn_cli_progress_fail (job->progress, error);
      if (job->place->made)
        g_rmdir (job->folder);
      return code;
    }
  painting.job_id = g_uuid_string_random ();
  code = limn_cli_batch_paint (&batch, session, cancellable, &count);
  if (code == LIMN_CLI_OK && !limn_cli_sheet_write (painting.sheet, job->progress))
    code = LIMN_CLI_NO_OUTPUT;
  if (count.n_pictures > 0)
    limn_cli_batch_tell (job->progress, &count);
  /* Where nothing came into it; a folder with something in it is not removed. */
  if (code != LIMN_CLI_OK && job->place->made)
    g_rmdir (job->folder);
  g_free (painting.job_id);
  limn_cli_sheet_free (painting.sheet);
  return code;
}
