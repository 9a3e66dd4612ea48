/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A file is known by its first bytes, never by its name. */
#include "config.h"

#include "cli/limn-cli-info-model.h"
#include "cli/limn-cli-options.h"

#include "base/limn-error.h"
#include "image/limn-exif.h"
#include "image/limn-parameters.h"
#include "image/limn-png.h"
#include "session/limn-change.h"
#include "session/limn-embedded.h"
#include "session/limn-import.h"
#include "session/limn-recipe.h"
#include "session/limn-request-chain.h"
#include "session/limn-sheet.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Where the size of a picture is rounded to, in what the notes say. */
#define MULTIPLE 8

/* Who made it, and what of its settings could not be honoured when it is painted here. */
static void
print_origin (const LimnImport *import)
{
  const char *name = limn_import_origin_get_name (import->origin);

  if (import->origin == LIMN_IMPORT_PARAMETERS)
    name = "a program that writes as AUTOMATIC1111's web UI does";
  printf ("Made by %s\n", name ? name : "nobody who left a text in it");
}

static void
print_notes (const LimnImport *import)
{
  if (import->notes->len == 0)
    return;
  puts ("When it is painted here");
  for (guint i = 0; i < import->notes->len; i++)
    {
      g_autofree char *note = limn_cli_dup_printable (g_ptr_array_index (import->notes, i));

      printf ("  - %s\n", note);
    }
}

/* On a terminal a text of megabytes helps nobody. */
#define SHOWN_BYTES 400

static void
print_line (const char *keyword, const char *text)
{
  g_autofree char *key = limn_cli_dup_printable (keyword);
  g_autofree char *value = limn_cli_dup_printable (text);
  gsize length = strlen (value);

  printf ("  %-18s ", key);
  if (length > SHOWN_BYTES)
    {
      const char *end = g_utf8_find_prev_char (value, value + SHOWN_BYTES);

      printf ("%.*s... (%" G_GSIZE_FORMAT " bytes in all)\n", (int) (end - value), value, length);
    }
  else
    printf ("%s\n", value);
}

static void
print_number (const char *key, double value)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  if (!isnan (value))
    print_line (key, g_ascii_formatd (buffer, sizeof buffer, "%.10g", value));
}

static void
print_optional (const char *key, const char *value)
{
  if (value && *value)
    print_line (key, value);
}

static void
print_parameters (const LimnParameters *parameters)
{
  print_line ("Prompt", parameters->prompt);
  print_optional ("Negative prompt", parameters->negative_prompt);
  if (parameters->steps > 0)
    print_number ("Steps", parameters->steps);
  print_optional ("Sampler", parameters->sampler);
  print_optional ("Schedule type", parameters->schedule_type);
  print_number ("CFG scale", parameters->cfg_scale);
  if (parameters->has_seed)
    printf ("  %-18s %" G_GUINT64_FORMAT "\n", "Seed", parameters->seed);
  if (parameters->width > 0)
    printf ("  %-18s %ux%u\n", "Size", parameters->width, parameters->height);
  print_optional ("Model", parameters->model);
  print_optional ("Model hash", parameters->model_hash);
  print_optional ("VAE", parameters->vae);
  print_number ("Denoising strength", parameters->denoising_strength);
  print_number ("Eta", parameters->eta);
  if (parameters->clip_skip > 0)
    print_number ("Clip skip", parameters->clip_skip);
  print_optional ("RNG", parameters->rng);
  for (guint i = 0; i < parameters->extra->len; i++)
    {
      const LimnParameter *parameter = g_ptr_array_index (parameters->extra, i);

      print_line (parameter->key, parameter->value);
    }
  print_optional ("Version", parameters->version);
}

static void
print_recipe (const LimnRecipe *recipe)
{
  const LimnRequest *request = recipe->request;

  puts ("Recipe");
  print_line ("Program", recipe->program);
  print_line ("Device", recipe->device);
  print_line ("Driver", recipe->driver);
  print_line ("Precision", limn_storage_get_name (request->storage));
  print_line ("Prompt syntax", limn_prompt_syntax_get_name (request->syntax));
  print_line ("Noise", limn_noise_kind_get_name (request->rng));
  if (request->batch_count > 1)
    printf ("  %-18s %u of %u\n", "Picture", request->batch_index + 1, request->batch_count);
  if (recipe->shown != recipe->n_steps)
    printf ("  %-18s frame of step %u of %u, %s\n", "Shows", recipe->shown, recipe->n_steps,
            limn_preview_get_name (request->preview));
  print_optional ("Weights", recipe->model_files);
  print_line ("Checksum", recipe->intact ? "fits" : "does not fit: the recipe was changed after the picture was made");
}

/* What it was made from, wherever in its recipe that stands. */
static void
print_files (const LimnRequest *request, const GPtrArray *texts)
{
  static const char *const names[] = { "Picture", "Mask", "JPEG" };
  g_autoptr(GArray) files = limn_request_list_files (request);
  guint numbers[G_N_ELEMENTS (names)] = { 0 };

  for (guint i = 0; i < files->len; i++)
    {
      const LimnRequestFile *file = &g_array_index (files, LimnRequestFile, i);
      g_autofree char *keyword = limn_embedded_dup_keyword (file->kind, ++numbers[file->kind]);
      gboolean carried = FALSE;

      for (guint j = 0; j < texts->len; j++)
        carried |= g_str_equal (((const LimnPngText *) g_ptr_array_index (texts, j))->keyword, keyword);
      printf ("  %-18s %s, %s\n", names[file->kind], file->id, carried ? "in this file" : "not in this file");
    }
}

/* Where it parts from others, the latest first, and what changes there. */
static void
print_branches (const LimnRequest *request)
{
  if (request->branch)
    puts ("Parts from another picture");
  for (; request->branch; request = request->branch->from)
    {
      g_autoptr(GPtrArray) changes = limn_change_list (request);
      g_autofree char *text = limn_changes_to_english (changes);
      g_autofree char *key = g_strdup_printf ("After step %u", request->branch->step);

      print_line (key, text);
    }
}

static void
print_mix (const LimnRequest *request, const GPtrArray *texts)
{
  const LimnRequestMix *mix = limn_request_get_root (request)->mix;

  if (!mix)
    return;
  puts ("Blended");
  print_line ("Way", mix->way == LIMN_MIX_NOISE ? "noise and words" : mix->strength > 0 ? "pictures, diffused" : "latents");
  if (mix->n_ends == 4)
    printf ("  %-18s %g along, %g down\n", "Place", mix->u, mix->v);
  else
    printf ("  %-18s %g\n", "Place", mix->u);
  if (mix->way == LIMN_MIX_PICTURES)
    print_number ("Strength", mix->strength);
  for (guint i = 0; i < mix->n_ends; i++)
    {
      const LimnRequest *end = mix->ends[i].request;
      g_autofree char *key = g_strdup_printf ("End %u", i + 1);
      g_autofree char *text = end ? g_strdup_printf ("%s, seed %" G_GUINT64_FORMAT, end->prompt, limn_request_get_seed (end)) : NULL;

      print_line (key, text ? text : "a picture");
    }
  if (!request->source)
    print_files (request, texts);
}

/* Damaged, it is shown as any other text. */
static gboolean
print_sheet (const char *text)
{
  g_autoptr(LimnSheet) sheet = NULL;
  g_autofree char *job = NULL;
  guint picture, column, row;

  if (!limn_sheet_mark_parse (text, &job, &picture, &sheet, NULL))
    return FALSE;
  limn_sheet_get_cell (sheet, picture, &column, &row);
  printf ("Of a sheet\n  %-18s column %u of %u, row %u of %u\n", "Place", column + 1, limn_sheet_get_n_columns (sheet), row + 1,
          limn_sheet_get_n_rows (sheet));
  return TRUE;
}

static void
print_controls (const LimnRequest *request, const GPtrArray *texts)
{
  for (guint i = 0; request->controls && i < request->controls->len; i++)
    {
      const LimnRequestControl *control = g_ptr_array_index (request->controls, i);
      g_autofree char *model = g_filename_display_basename (control->model);

      puts ("Drawn by");
      print_line ("ControlNet", model);
      printf ("  %-18s %.12s\n", "Picture", control->picture);
      print_line ("Preprocessor", limn_control_map_kind_get_name (control->map));
      print_number ("Strength", control->strength);
      printf ("  %-18s %g to %g\n", "Of the steps", control->start, control->end);
    }
  if (request->controls && !request->source && !limn_request_get_root (request)->mix)
    print_files (request, texts);
}

static void
print_source (const LimnRequest *request, const GPtrArray *texts)
{
  const LimnRequestSource *source = request->source;

  if (request->tile > 0)
    printf ("  %-18s %u pixels, overlapping by %u\n", "Windows", request->tile, request->overlap);
  if (request->wrap_x || request->wrap_y)
    printf ("  %-18s%s%s\n", "Seamless", request->wrap_x ? " left and right" : "", request->wrap_y ? " above and below" : "");
  print_controls (request, texts);
  if (!source)
    return;
  puts ("Painted over");
  print_files (request, texts);
  print_number ("Strength", source->strength);
  print_line ("Masked content", limn_masked_content_get_name (source->content));
  print_number ("Feather", source->feather);
  if (source->only_masked)
    print_number ("Only masked, with", source->padding);
  if (source->grow_left || source->grow_top || source->grow_right || source->grow_bottom)
    printf ("  %-18s %u left, %u above, %u right, %u below\n", "Grown by", source->grow_left, source->grow_top, source->grow_right,
            source->grow_bottom);
  if (source->restore != LIMN_RESTORE_NONE)
    print_line ("Restored", limn_restore_get_name (source->restore));
}

/* Megabytes of base64 tell nobody anything; print_source() has said that they are there. */
static gboolean
is_embedded (const LimnPngText *text)
{
  /* The second one is limn-source-2. */
  return g_str_has_prefix (text->keyword, LIMN_EMBEDDED_PICTURE_KEYWORD) || g_str_has_prefix (text->keyword, LIMN_EMBEDDED_MASK_KEYWORD) ||
         g_str_has_prefix (text->keyword, LIMN_EMBEDDED_FILE_KEYWORD);
}

static int
show_png (const char *path)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnPng) png = limn_png_load (path, LIMN_PNG_READ_TEXTS, &error);
  g_autoptr(LimnParameters) parameters = NULL;
  g_autoptr(LimnImport) import = NULL;
  const char *text;

  if (!png)
    {
      limn_cli_fail (error);
      return LIMN_CLI_BAD_INPUT;
    }
  printf ("PNG, %ux%u pixels\n", png->width, png->height);
  text = limn_png_lookup (png, LIMN_RECIPE_PARAMETERS_KEYWORD);
  if (text)
    parameters = limn_parameters_parse (text);
  import = limn_import_new (png->texts, MULTIPLE);
  print_origin (import);
  if (parameters)
    {
      puts ("Settings");
      print_parameters (parameters);
    }
  text = limn_png_lookup (png, LIMN_RECIPE_KEYWORD);
  if (text)
    {
      g_autoptr(LimnRecipe) recipe = limn_recipe_new_from_json (text, path, &error);

      if (!recipe)
        {
          limn_cli_fail (error);
          return LIMN_CLI_BAD_INPUT;
        }
      print_recipe (recipe);
      print_branches (recipe->request);
      print_mix (recipe->request, png->texts);
      print_source (recipe->request, png->texts);
    }
  print_notes (import);
  for (guint i = 0; i < png->texts->len; i++)
    {
      const LimnPngText *other = g_ptr_array_index (png->texts, i);
      g_autofree char *keyword = NULL;

      if (g_str_equal (other->keyword, LIMN_RECIPE_KEYWORD) || g_str_equal (other->keyword, LIMN_RECIPE_PARAMETERS_KEYWORD) ||
          is_embedded (other) || (g_str_equal (other->keyword, LIMN_SHEET_KEYWORD) && print_sheet (other->text)))
        continue;
      keyword = limn_cli_dup_printable (other->keyword);
      printf ("Text “%s”\n", keyword);
      print_line ("", other->text);
    }
  if (png->n_texts_skipped > 0)
    printf ("%u more text%s could not be read: too large, too many or damaged.\n", png->n_texts_skipped,
            png->n_texts_skipped == 1 ? "" : "s");
  return LIMN_CLI_OK;
}

/* A JPEG, WebP or TIFF: what stands beside its pixels. */
static int
show_exif (const char *path)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *data = NULL;
  g_autoptr(GBytes) bytes = NULL;
  g_autoptr(LimnExif) exif = NULL;
  g_autoptr(LimnImport) import = NULL;
  gsize length;

  if (g_file_get_contents (path, &data, &length, &error))
    {
      bytes = g_bytes_new_take (g_steal_pointer (&data), length);
      exif = limn_exif_new_for_bytes (bytes, &error);
    }
  if (!exif)
    return limn_cli_fail (error);
  puts ("Picture, JPEG, WebP or TIFF");
  import = limn_import_new (exif->texts, MULTIPLE);
  print_origin (import);
  for (guint i = 0; i < exif->texts->len; i++)
    {
      const LimnPngText *text = g_ptr_array_index (exif->texts, i);

      if (g_str_equal (text->keyword, LIMN_RECIPE_PARAMETERS_KEYWORD))
        {
          g_autoptr(LimnParameters) parameters = limn_parameters_parse (text->text);

          puts ("Settings");
          print_parameters (parameters);
        }
    }
  print_notes (import);
  return LIMN_CLI_OK;
}

static gboolean
begins_as_picture (const guint8 *head)
{
  return memcmp (head, "\xff\xd8\xff", 3) == 0 || memcmp (head, "RIFF", 4) == 0 || memcmp (head, "II*", 4) == 0 ||
         memcmp (head, "MM\0*", 4) == 0;
}

/* (transfer full): what lies at @given; else, where that is no path, whatever is called so in the folders of --models and of what comes with Limn,
 * a model before what belongs to one; else @given itself. */
static char *
dup_place (const char *given, char **models, GError **error)
{
  LimnCliOptions options = { .models = models };
  g_autoptr(LimnResources) resources = limn_cli_options_dup_resources (&options, error);
  gboolean is_name = !strchr (given, G_DIR_SEPARATOR) && !g_file_test (given, G_FILE_TEST_EXISTS);
  const char *found = NULL;

  if (!resources)
    return NULL;
  for (guint kind = 0; is_name && !found && kind < LIMN_RESOURCE_N_KINDS; kind++)
    found = limn_resources_find (resources, kind, given, NULL);
  return g_strdup (found ? found : given);
}

int
limn_cli_info (int argc, char **argv)
{
  gboolean all = FALSE, hash = FALSE;
  g_auto(GStrv) models = NULL;
  g_autofree char *vae = NULL;
  g_autofree char *path = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *variant = NULL;
  LimnModelOptions options = { NULL };
  GOptionEntry entries[] = {
    { "tensors", 0, 0, G_OPTION_ARG_NONE, &all, "Of a file of weights: every tensor", NULL },
    { "hash", 0, 0, G_OPTION_ARG_NONE, &hash, "Of a model: the SHA-256 of its weights; reads all of them", NULL },
    { "vae", 0, 0, G_OPTION_ARG_FILENAME, &vae, "Of a model: with this VAE in the place of its own", "FILE" },
    { "variant", 0, 0, G_OPTION_ARG_STRING, &variant, "Of a model's folder: which of its weights, such as fp16", "NAME" },
    { "models", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &models,
      "A folder of models and what belongs to them, in which FILE may be a name; may be given several times", "DIR" },
    { NULL },
  };
  static const guint8 png_signature[8] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n' };
  guint8 head[8] = { 0 };
  guint n_rest;
  char **rest;
  FILE *file;

  if (!limn_cli_parse ("info", "FILE",
                       "Tells what a file holds: the settings in a picture, by whichever program it was made; what a model is (one "
                       "file,\na folder in the diffusers layout, or starter for the one that is built in); what any other file of weights is. A "
                       "model, a LoRA\nor a ControlNet that comes with Limn or lies in a folder of --models may be named by its name.",
                       NULL, entries, argc, argv, &n_rest, &rest))
    return LIMN_CLI_USAGE;
  if (n_rest != 1)
    return limn_cli_usage ("info", "One file is needed.");

  options.vae = vae;
  options.variant = variant;
  if (g_str_equal (rest[0], LIMN_MODEL_STARTER) && !g_file_test (rest[0], G_FILE_TEST_EXISTS))
    return limn_cli_show_model (NULL, hash, &options);
  path = dup_place (rest[0], models, &error);
  if (!path)
    return limn_cli_fail (error);
  if (g_file_test (path, G_FILE_TEST_IS_DIR))
    return limn_cli_show_model (path, hash, &options);
  /* A pipe would wait for whoever writes into it. */
  if (g_file_test (path, G_FILE_TEST_EXISTS) && !g_file_test (path, G_FILE_TEST_IS_REGULAR))
    {
      limn_cli_say ("limn-cli: “%s” is a device or a pipe, not a file.", path);
      return LIMN_CLI_BAD_INPUT;
    }
  file = fopen (path, "rb");
  if (!file)
    {
      limn_cli_say ("limn-cli: “%s” cannot be opened: %s.", path, g_strerror (errno));
      return LIMN_CLI_BAD_INPUT;
    }
  if (fread (head, 1, sizeof head, file) < sizeof head)
    memset (head, 0, sizeof head);
  fclose (file);
  if (memcmp (head, png_signature, sizeof head) == 0)
    return show_png (path);
  return begins_as_picture (head) ? show_exif (path) : limn_cli_show_weights (path, all, hash, &options);
}
