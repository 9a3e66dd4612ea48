/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A reader for each program (limn-import-*.c) fills one LimnImportFound; here the reader is chosen, and what was found becomes a
 * request that holds, with a sentence for everything that does not fit into one. */
#include "config.h"

#include "session/limn-import-private.h"

#include "base/limn-error.h"
#include "formats/limn-unichar.h"
#include "image/limn-exif.h"
#include "session/limn-recipe.h"
#include "session/limn-request-lora.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Characters of a name or a prompt that a note shows. */
#define SHOWN_CHARS 60

/* A file that is larger is no picture; as in the reader of PNGs. */
#define MAX_FILE_BYTES (G_GUINT64_CONSTANT (1) << 30)

static const char *const origin_names[] = {
  [LIMN_IMPORT_LIMN] = "Limn",           [LIMN_IMPORT_A1111] = "AUTOMATIC1111",
  [LIMN_IMPORT_SDCPP] = "stable-diffusion.cpp", [LIMN_IMPORT_COMFYUI] = "ComfyUI",
  [LIMN_IMPORT_INVOKEAI] = "InvokeAI",   [LIMN_IMPORT_FOOOCUS] = "Fooocus",
  [LIMN_IMPORT_FLUX2C] = "flux2.c",      [LIMN_IMPORT_KRITA] = "Krita AI Diffusion",
  [LIMN_IMPORT_PARAMETERS] = NULL,
};

const char *
limn_import_origin_get_name (LimnImportOrigin origin)
{
  return origin_names[origin];
}

void
limn_import_free (LimnImport *import)
{
  if (!import)
    return;
  limn_request_free (import->request);
  limn_request_source_free (import->start);
  g_free (import->model);
  g_free (import->model_hash);
  g_ptr_array_unref (import->notes);
  g_free (import);
}

/* --- What the readers use --- */

void
limn_import_note (LimnImportFound *found, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  if (found->notes->len < LIMN_IMPORT_MAX_NOTES && !g_ptr_array_find_with_equal_func (found->notes, text, g_str_equal, NULL))
    g_ptr_array_add (found->notes, g_steal_pointer (&text));
}

char *
limn_import_dup_shown (const char *text)
{
  GString *shown = g_string_new (NULL);
  guint n = 0;

  for (const char *c = text; *c; c = g_utf8_next_char (c))
    {
      gunichar u = g_utf8_get_char (c);

      if (++n > SHOWN_CHARS)
        {
          g_string_append (shown, "…");
          break;
        }
      g_string_append_unichar (shown, g_unichar_isspace (u) || !g_unichar_isdefined (u) || g_unichar_iscntrl (u) ? ' ' : u);
    }
  return g_string_free (shown, FALSE);
}

void
limn_import_set (char **place, const char *text)
{
  char *copy;

  if (!text || !*text)
    return;
  copy = g_strdup (text);
  g_free (*place);
  *place = copy;
}

static void
import_lora_free (gpointer data)
{
  g_free (((LimnImportLora *) data)->name);
  g_free (data);
}

void
limn_import_add_lora (LimnImportFound *found, const char *name, double strength, double text_strength)
{
  g_autofree char *shown = NULL;
  const char *start = name, *dot;
  LimnImportLora *lora = NULL;

  if (!name || !*name)
    return;
  for (const char *c = name; *c; c++)
    if (*c == '/' || *c == '\\')
      start = c + 1;
  shown = limn_import_dup_shown (start);
  dot = strrchr (shown, '.');
  if (dot && (g_str_equal (dot, ".safetensors") || g_str_equal (dot, ".pt") || g_str_equal (dot, ".ckpt")))
    shown[dot - shown] = '\0';
  for (guint i = 0; i < found->loras->len && !lora; i++)
    if (g_str_equal (((LimnImportLora *) found->loras->pdata[i])->name, shown))
      lora = found->loras->pdata[i];
  if (!lora && found->loras->len == LIMN_IMPORT_MAX_NOTES)
    return;
  if (!lora)
    {
      lora = g_new (LimnImportLora, 1);
      *lora = (LimnImportLora) { g_steal_pointer (&shown), NAN, NAN };
      g_ptr_array_add (found->loras, lora);
    }
  if (isnan (lora->strength) && fabs (strength) <= LIMN_REQUEST_MAX_LORA_STRENGTH)
    {
      lora->strength = strength;
      lora->text_strength = fabs (text_strength) <= LIMN_REQUEST_MAX_LORA_STRENGTH ? text_strength : strength;
    }
}

void
limn_import_note_start (LimnImportFound *found)
{
  limn_import_note (found, _("It was painted over another picture, which is not in the file; unless that one is opened "
                             "too, it begins with noise alone."));
}

void
limn_import_note_mask (LimnImportFound *found)
{
  limn_import_note (found, _("Only a masked part of it was painted; mask and first picture are not in the file."));
}

void
limn_import_note_hires (LimnImportFound *found)
{
  limn_import_note (found, _("It was enlarged and painted a second time; only the first pass is taken over, in its size."));
}

void
limn_import_note_control (LimnImportFound *found)
{
  limn_import_note (found, _("A ControlNet led the picture, by another picture that is not in its file: without that, shapes and poses will "
                             "differ."));
}

void
limn_import_note_adapter (LimnImportFound *found)
{
  limn_import_note (found, _("An image prompt (IP-Adapter or T2I-Adapter) led the picture; Limn has none."));
}

void
limn_import_note_refiner (LimnImportFound *found)
{
  limn_import_note (found, _("A second model, a refiner, painted the last steps; here one model paints all of them."));
}

LimnRequestSource *
limn_import_take_start (LimnImportFound *found, double strength)
{
  if (!found->start)
    found->start = limn_request_source_new (NULL);
  /* NaN fails both comparisons. */
  if (strength >= 0 && strength <= 1)
    found->start->strength = strength;
  return found->start;
}

/* --- From what was found to a request --- */

/* "<hypernet:name:0.8>" leaves the prompt, since its words would be painted. "<lora:name:0.8>" and "<lyco:…>" stay: Limn reads them as well. */
static void
take_tags (LimnImportFound *found, char **prompt)
{
  static const struct
  {
    const char *text;
    gboolean    known;
  } tags[] = { { "<lora:", TRUE }, { "<lyco:", TRUE }, { "<hypernet:", FALSE } };
  GString *rest;
  const char *text = *prompt;

  if (!text || !strchr (text, '<'))
    return;
  rest = g_string_new (NULL);
  while (*text)
    {
      const char *end = NULL;
      const char *name = NULL;
      gboolean known = FALSE;

      for (guint i = 0; *text == '<' && i < G_N_ELEMENTS (tags); i++)
        if (g_ascii_strncasecmp (text, tags[i].text, strlen (tags[i].text)) == 0)
          {
            name = text + strlen (tags[i].text);
            end = name + strcspn (name, "<>\n");
            end = *end == '>' ? end : NULL;
            known = tags[i].known;
          }
      if (end)
        {
          g_autofree char *copy = g_strndup (name, strcspn (name, ":>"));

          limn_import_add_lora (found, copy, NAN, NAN);
        }
      if (end && !known)
        {
          text = end + 1;
          /* No two blanks where there was one on either side. */
          if (rest->len > 0 && rest->str[rest->len - 1] == ' ' && *text == ' ')
            text++;
        }
      else
        {
          g_string_append_c (rest, *text++);
        }
    }
  g_free (*prompt);
  *prompt = g_strstrip (g_string_free (rest, FALSE));
}

static void
append_strength (GString *text, double strength)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append_c (text, ':');
  g_string_append (text, g_ascii_formatd (buffer, sizeof buffer, "%.15g", strength));
}

/* LoRAs that stood beside the prompt, put into it: which files their names stand for is found out when the picture is painted. */
static void
put_loras (LimnImportFound *found, char **prompt)
{
  GString *text = g_string_new (*prompt);

  for (guint i = 0; i < found->loras->len; i++)
    {
      const LimnImportLora *lora = found->loras->pdata[i];
      gsize before = text->len;
      g_autofree char *tag = g_strdup_printf ("<lora:%s:", lora->name);

      if (isnan (lora->strength) || strpbrk (lora->name, ":<>\n") || strstr (text->str, tag))
        continue;
      tag[strlen (tag) - 1] = '\0';
      g_string_append_printf (text, "%s%s", text->len > 0 ? " " : "", tag);
      if (lora->text_strength != lora->strength)
        append_strength (text, lora->text_strength);
      append_strength (text, lora->strength);
      g_string_append_c (text, '>');
      if (text->len > LIMN_PROMPT_MAX_BYTES)
        g_string_truncate (text, before);
    }
  g_free (*prompt);
  *prompt = g_string_free (text, FALSE);
}

static gboolean
is_word (const char *prompt, const char *at, gsize length)
{
  return (at == prompt || !limn_unichar_is_word (g_utf8_get_char (g_utf8_prev_char (at)))) &&
         (!at[length] || !limn_unichar_is_word (g_utf8_get_char (at + length)));
}

/* "[", AND and BREAK have a meaning here that they have not in ComfyUI. In small letters these are the same tokens. */
static void
escape_syntax (char **prompt)
{
  static const char *const words[] = { "AND", "BREAK" };
  GString *escaped = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    for (char *at = strstr (*prompt, words[i]); at; at = strstr (at + 1, words[i]))
      for (gsize j = 0; is_word (*prompt, at, strlen (words[i])) && j < strlen (words[i]); j++)
        at[j] = g_ascii_tolower (at[j]);
  for (const char *c = *prompt; *c; c++)
    {
      if (*c == '\\' && c[1])
        g_string_append_c (escaped, *c++);
      else if (*c == '[' || *c == ']')
        g_string_append_c (escaped, '\\');
      g_string_append_c (escaped, *c);
    }
  g_free (*prompt);
  *prompt = g_string_free (escaped, FALSE);
}

static void
put_prompt (LimnImportFound *found, char **from, char **to)
{
  take_tags (found, from);
  if (!*from)
    return;
  if (found->brackets_are_text)
    escape_syntax (from);
  if (strlen (*from) > LIMN_PROMPT_MAX_BYTES)
    {
      const char *end = g_utf8_find_prev_char (*from, *from + LIMN_PROMPT_MAX_BYTES + 1);

      (*from)[end - *from] = '\0';
      limn_import_note (found, _("The prompt is longer than Limn reads; its end is left out."));
    }
  g_free (*to);
  *to = g_steal_pointer (from);
}

/* The nearest multiple, not zero, within what a request may have. */
static guint
round_size (double size, guint multiple)
{
  double most = LIMN_REQUEST_MAX_SIDE / multiple * multiple;

  return CLAMP (floor (size / multiple + 0.5) * multiple, multiple, most);
}

static void
put_size (LimnImportFound *found, LimnRequest *request, guint multiple)
{
  if (!(found->width >= 1 && found->height >= 1))
    return;
  request->width = round_size (found->width, multiple);
  request->height = round_size (found->height, multiple);
  request->open &= ~LIMN_REQUEST_OPEN_SIZE;
  if (request->width != found->width || request->height != found->height)
    /* Translators: width and height in pixels, as 515 × 700; then what is taken, then the number both must be multiples of. */
    limn_import_note (found, _("The size was %.0f × %.0f; %u × %u is taken, the nearest in multiples of %u."), found->width,
                      found->height, request->width, request->height, multiple);
}

static void
put_numbers (LimnImportFound *found, LimnRequest *request)
{
  if (found->steps >= 1)
    {
      request->steps = MIN (found->steps, LIMN_STEPS_MAX);
      request->open &= ~LIMN_REQUEST_OPEN_STEPS;
      if (found->steps > LIMN_STEPS_MAX)
        limn_import_note (found, _("It took %.0f steps; %d are the most that Limn does."), found->steps, LIMN_STEPS_MAX);
    }
  if (found->cfg >= 0)
    {
      request->cfg = MIN (found->cfg, LIMN_REQUEST_MAX_CFG);
      request->open &= ~LIMN_REQUEST_OPEN_CFG;
      if (found->cfg > LIMN_REQUEST_MAX_CFG)
        limn_import_note (found, _("Its guidance was %g; %g is the most that Limn takes."), found->cfg,
                                   LIMN_REQUEST_MAX_CFG);
    }
  if (found->rescale > 0)
    request->cfg_rescale = MIN (found->rescale, 1);
  if (found->has_prediction)
    {
      request->prediction = found->prediction;
      request->open &= ~LIMN_REQUEST_OPEN_PREDICTION;
    }
}

static void
put_eta (LimnImportFound *found, LimnRequest *request)
{
  if (!(found->eta >= 0 && found->eta <= 10))
    return;
  if (request->open & LIMN_REQUEST_OPEN_SAMPLER || !limn_sampler_get_facts (request->sampler)->has_eta)
    return;
  request->eta = found->eta;
  request->open &= ~LIMN_REQUEST_OPEN_ETA;
}

static void
note_model (LimnImportFound *found)
{
  g_autofree char *model = found->model ? limn_import_dup_shown (found->model) : NULL;
  g_autofree char *hash = found->model_hash ? limn_import_dup_shown (found->model_hash) : NULL;

  if (model && hash)
    /* Translators: name of a model and the checksum by which sites for models list it. */
    limn_import_note (found, _("It was painted with the model “%s” (hash %s); open that model to come close to it."),
                               model, hash);
  else if (model)
    limn_import_note (found, _("It was painted with the model “%s”; open that model to come close to it."), model);
  else if (hash)
    limn_import_note (found, _("It was painted with the model whose hash is %s; open that model to come close to it."),
                               hash);
  if (found->vae)
    {
      g_autofree char *vae = limn_import_dup_shown (found->vae);

      /* Translators: “Colours (VAE)” is the name of a field. */
      limn_import_note (found, _("Its colours came from a VAE of its own, “%s”. If that file lies in one of your folders of models, choose it "
                                 "under “Colours (VAE)”."),
                                 vae);
    }
}

static void
note_loras (LimnImportFound *found)
{
  g_autoptr(GString) names = g_string_new (NULL);

  if (found->loras->len == 0)
    return;
  for (guint i = 0; i < found->loras->len; i++)
    {
      const LimnImportLora *lora = found->loras->pdata[i];

      /* Translators: between the names of a list. */
      g_string_append_printf (names, "%s%s", i > 0 ? _(", ") : "", lora->name);
    }
  limn_import_note (found, _("LoRAs shaped the picture: %s. Limn looks for files of these names in the model folders."), names->str);
}

static LimnRequest *
make_request (LimnImportFound *found, guint multiple)
{
  g_autoptr(LimnRequest) request = limn_request_new ();

  put_prompt (found, &found->prompt, &request->prompt);
  put_prompt (found, &found->negative, &request->negative);
  put_loras (found, &request->prompt);
  if (found->has_seed)
    request->seed = found->seed;
  else
    limn_import_note (found, _("It does not say from which seed it was painted, so another picture will come out."));
  if (found->has_rng)
    request->rng = found->rng;
  if (found->variation_strength > 0)
    {
      request->variation_seed = found->variation_seed;
      request->variation_strength = found->variation_strength;
    }
  request->seed_width = found->seed_width;
  request->seed_height = found->seed_height;
  put_numbers (found, request);
  limn_import_apply_sampler (found, request);
  put_eta (found, request);
  put_size (found, request, multiple);
  request->wrap_x = found->wrap_x;
  request->wrap_y = found->wrap_y;
  if (found->tile >= LIMN_REQUEST_MIN_TILE && found->tile <= LIMN_REQUEST_MAX_SIDE)
    {
      request->tile = found->tile;
      request->overlap = found->overlap >= 0 && found->overlap < request->tile ? found->overlap : 0;
    }
  /* 1 is what goes without saying. */
  if (found->clip_skip > 1 && found->clip_skip <= LIMN_REQUEST_MAX_CLIP_SKIP)
    request->clip_skip = found->clip_skip;
  else if (found->clip_skip > 1)
    limn_import_note (found, _("The last layers of the text encoder were left out (clip skip %.0f); here all of them "
                               "are used."),
                      MIN (found->clip_skip, 99));
  note_loras (found);
  note_model (found);
  g_return_val_if_fail (limn_request_check (request, NULL), NULL);
  return g_steal_pointer (&request);
}

/* --- Limn's own --- */

static gboolean
read_recipe (LimnImport *import, const char *text, gboolean alone)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnRecipe) recipe = limn_recipe_new_from_json (text, "limn", &error);

  if (!recipe)
    {
      g_ptr_array_add (import->notes, g_strdup_printf (_("Limn's own recipe in it cannot be read: %s"), error->message));
      return FALSE;
    }
  import->origin = LIMN_IMPORT_LIMN;
  import->request = g_steal_pointer (&recipe->request);
  import->model = g_strdup (recipe->model_name);
  import->has_seed = TRUE;
  import->exact = recipe->intact && alone;
  if (!import->exact)
    g_ptr_array_add (import->notes,
                     g_strdup (_("Somebody has changed this recipe since the picture was made; another picture may come "
                                 "out.")));
  if (recipe->shown != recipe->n_steps)
    g_ptr_array_add (import->notes, g_strdup_printf (_("It shows step %u of %u; the finished picture comes out."),
                                                       recipe->shown,
                                                     recipe->n_steps));
  return TRUE;
}

/* --- Choosing --- */

static const char *
lookup (const GPtrArray *texts, const char *keyword)
{
  for (guint i = 0; i < texts->len; i++)
    {
      const LimnPngText *text = g_ptr_array_index (texts, i);

      if (strcmp (text->keyword, keyword) == 0)
        return text->text;
    }
  return NULL;
}

/* Readers differ in which of two texts of one name they take: a second recipe is a change as well. */
static gboolean
is_alone (const GPtrArray *texts, const char *keyword)
{
  guint n = 0;

  for (guint i = 0; i < texts->len; i++)
    n += strcmp (((const LimnPngText *) g_ptr_array_index (texts, i))->keyword, keyword) == 0;
  return n == 1;
}

static void
read_flux (LimnImportFound *found, const GPtrArray *texts)
{
  const char *seed = lookup (texts, "flux:seed");
  const char *model = lookup (texts, "flux:model");

  found->origin = LIMN_IMPORT_FLUX2C;
  found->known = TRUE;
  if (seed)
    found->has_seed = g_ascii_string_to_unsigned (seed, 10, 0, G_MAXUINT64, &found->seed, NULL);
  limn_import_set (&found->model, model);
  limn_import_note (found, _("flux2.c writes neither prompt nor settings into its pictures; only the seed can be taken "
                             "over, and it "
                             "means other noise there."));
}

static gboolean
read_any (LimnImportFound *found, const GPtrArray *texts)
{
  const char *parameters = lookup (texts, "parameters");
  const char *text;

  /* Fooocus names its scheme in a text of its own; its JSON stands where others have plain text. */
  if (parameters && limn_import_read_fooocus (found, parameters))
    return TRUE;
  if ((text = lookup (texts, "invokeai_metadata")) && limn_import_read_invoke (found, text))
    return TRUE;
  if ((text = lookup (texts, "sd-metadata")) && limn_import_read_invoke_2 (found, text))
    return TRUE;
  if ((text = lookup (texts, "Dream")) && limn_import_read_dream (found, text))
    return TRUE;
  /* Some savers for ComfyUI write both; the text tells what was meant, where its line of numbers is there. */
  if (parameters && limn_import_read_parameters (found, parameters))
    {
      if (lookup (texts, "fooocus_scheme"))
        {
          found->origin = LIMN_IMPORT_FOOOCUS;
          found->has_rng = TRUE;
          found->rng = LIMN_NOISE_CPU;
        }
      return TRUE;
    }
  if ((text = lookup (texts, "prompt")) && limn_import_read_comfy (found, text))
    return TRUE;
  if (lookup (texts, "flux:seed") || lookup (texts, "flux:model"))
    {
      read_flux (found, texts);
      return TRUE;
    }
  if (lookup (texts, "workflow") || lookup (texts, "prompt"))
    {
      found->origin = LIMN_IMPORT_COMFYUI;
      limn_import_note (found, _("ComfyUI's graph in it has no pass that Limn could take settings from."));
    }
  else if (lookup (texts, "invokeai_graph") || lookup (texts, "invokeai_workflow") || lookup (texts, "invokeai_metadata"))
    {
      found->origin = LIMN_IMPORT_INVOKEAI;
      limn_import_note (found, _("InvokeAI has left no settings in it that Limn can read."));
    }
  return FALSE;
}

static void
found_clear (LimnImportFound *found)
{
  g_free (found->prompt);
  g_free (found->negative);
  g_free (found->sampler);
  g_free (found->schedule);
  g_free (found->model);
  g_free (found->model_hash);
  g_free (found->vae);
  limn_request_source_free (found->start);
  g_ptr_array_unref (found->loras);
  g_ptr_array_unref (found->notes);
}

LimnImport *
limn_import_new (const GPtrArray *texts, guint multiple)
{
  LimnImport *import = g_new0 (LimnImport, 1);
  const char *recipe = lookup (texts, LIMN_RECIPE_KEYWORD);
  LimnImportFound found = { .cfg = NAN, .eta = NAN, .rescale = NAN };

  g_return_val_if_fail (multiple > 0 && multiple <= LIMN_REQUEST_MAX_SIDE, import);

  import->notes = g_ptr_array_new_with_free_func (g_free);
  if (recipe && read_recipe (import, recipe, is_alone (texts, LIMN_RECIPE_KEYWORD)))
    return import;

  found.loras = g_ptr_array_new_with_free_func (import_lora_free);
  found.notes = g_ptr_array_ref (import->notes);
  if (read_any (&found, texts))
    {
      import->has_seed = found.has_seed;
      import->request = make_request (&found, multiple);
      import->start = g_steal_pointer (&found.start);
      import->model = g_steal_pointer (&found.model);
      import->model_hash = g_steal_pointer (&found.model_hash);
    }
  import->origin = found.origin;
  found_clear (&found);
  return import;
}

static LimnImport *
new_for_png (const char *path, guint multiple, GError **error)
{
  g_autoptr(LimnPng) png = limn_png_load (path, LIMN_PNG_READ_TEXTS, error);
  LimnImport *import;

  if (!png)
    return NULL;
  import = limn_import_new (png->texts, multiple);
  if (png->n_texts_skipped > 0 && !import->exact)
    g_ptr_array_add (import->notes, g_strdup (_("A text in the picture was too large or damaged and could not be read.")));
  return import;
}

static gboolean
begins_as_png (const char *path)
{
  static const guint8 signature[8] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n' };
  guint8 head[sizeof signature];
  FILE *file = g_fopen (path, "rbe");
  gboolean is_png;

  if (!file)
    return FALSE;
  is_png = fread (head, 1, sizeof head, file) == sizeof head && memcmp (head, signature, sizeof head) == 0;
  fclose (file);
  return is_png;
}

LimnImport *
limn_import_new_for_file (const char *path, guint multiple, GError **error)
{
  g_autofree char *shown = g_filename_display_name (path);
  g_autoptr(LimnExif) exif = NULL;
  g_autoptr(GBytes) bytes = NULL;
  GStatBuf info;
  char *data;
  gsize length;

  /* A pipe has no end to wait for. */
  if (g_stat (path, &info) == 0 && (!S_ISREG (info.st_mode) || (guint64) info.st_size > MAX_FILE_BYTES))
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, _("“%s” is not a picture file."), shown);
      return NULL;
    }
  if (begins_as_png (path))
    return new_for_png (path, multiple, error);
  if (!g_file_get_contents (path, &data, &length, error))
    return NULL;
  bytes = g_bytes_new_take (data, length);
  exif = limn_exif_new_for_bytes (bytes, error);
  if (!exif)
    {
      g_prefix_error (error, "“%s”: ", shown);
      return NULL;
    }
  return limn_import_new (exif->texts, multiple);
}
