/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A checkpoint of full size against what its authors' code computed from it (expected/<family>/). What the model is, and which of the stored
 * states its UNet sees, follows from Limn's own facts of it; what was computed is read from the files, their metadata included. One network in
 * one precision is on the device at a time, but for the VAE, which is small: SDXL's UNet has 10 GB in float32.
 *
 * Bounds: those of the references' README: 1e-4 in float32, 4e-3 in float16, over whole runs ten times as much. A wrong eps of a norm costs
 * 1e-2 there, every value rounded to float16 7e-4. */
#include "config.h"

#include "limn-fixtures-checkpoint.h"

#include "base/limn-error.h"
#include "formats/limn-prompt.h"
#include "model/limn-pipeline-private.h"

#include <string.h>

static const struct
{
  LimnDtype   dtype;
  const char *name;
  double      bound;
} precisions[] = {
  { LIMN_DTYPE_F32, "f32", 1e-4 },
  { LIMN_DTYPE_F16, "f16", 4e-3 },
};

/* Families as Limn calls them, and as the folders of expected values are called. @text: whose text encoder and VAE it has. */
static const struct
{
  const char *id;
  const char *folder;
  const char *text;
} families[] = {
  { "sd1", "sd15", "sd15" },
  { "sd1-inpaint", "sd15-inpaint", "sd15" },
  { "sd2", "sd21", "sd21" },
  { "sdxl", "sdxl", "sdxl" },
};

void
limn_fixtures_checkpoint_report (LimnFixturesCheckpoint *self, const char *file, const char *what, double error, double factor)
{
  g_autofree char *name = g_strdup_printf ("%s/%s %s %s", self->label, file, what, self->dtype_name);

  limn_fixtures_report (self->fixtures, name, error, factor * self->bound);
}

void
limn_fixtures_checkpoint_compare (LimnFixturesCheckpoint *self, const char *file, const char *what, const float *got,
                                  const LimnFixturesValues *want, double factor)
{
  limn_fixtures_checkpoint_report (self, file, what, limn_fixtures_relative_l2 (got, want->values, want->tensor->n_elements), factor);
}

LimnSafetensors *
limn_fixtures_checkpoint_open (LimnFixturesCheckpoint *self, const char *file, GError **error)
{
  gboolean shared = g_str_equal (file, "text.safetensors") || g_str_equal (file, "vae.safetensors");
  g_autofree char *path = g_build_filename (shared ? self->text_dir : self->dir, file, NULL);

  return limn_safetensors_open (path, error);
}

/* -------- loading -------- */

/* Calls @load with a loader of @part. */
static gboolean
load_part (LimnFixturesCheckpoint *self, LimnModelPart part, LimnDtype dtype,
           gboolean (*load) (LimnFixturesCheckpoint *, LimnLoader *, gpointer, GError **), gpointer data, GError **error)
{
  g_autoptr (LimnModelWeights) weights = limn_model_open_part (self->model, part, error);
  LimnLoader loader;
  gboolean loaded;

  if (!weights)
    return FALSE;
  limn_model_weights_init_loader (weights, &loader, self->gl, dtype, NULL);
  loaded = load (self, &loader, data, error);
  limn_loader_clear (&loader);
  return loaded;
}

typedef struct
{
  guint            which;
  LimnTextEncoder *encoder;
} Text;

static gboolean
load_text (LimnFixturesCheckpoint *self, LimnLoader *loader, gpointer data, GError **error)
{
  Text *text = data;

  text->encoder = limn_text_encoder_new (loader, &self->facts->texts[text->which], self->arena, error);
  return text->encoder != NULL;
}

static gboolean
load_unet (LimnFixturesCheckpoint *self, LimnLoader *loader, gpointer data, GError **error)
{
  self->unet = limn_unet_new (loader, &self->facts->unet, self->arena, error);
  return self->unet != NULL;
}

static gboolean
load_vae (LimnFixturesCheckpoint *self, LimnLoader *loader, gpointer data, GError **error)
{
  self->decoder = limn_vae_new (loader, &self->facts->vae, LIMN_VAE_DECODER, self->arena, error);
  self->encoder = self->decoder ? limn_vae_new (loader, &self->facts->vae, LIMN_VAE_ENCODER, self->arena, error) : NULL;
  return self->encoder != NULL;
}

/* -------- text -------- */

/* "penultimate_normed" of the one encoder, "g_penultimate_raw" of the second of two; NULL for what nobody stored. @clip_skip: 0: the model's own */
static char *
name_states (const LimnModelFacts *facts, guint which, guint clip_skip)
{
  const LimnTextConfig *config = &facts->texts[which];
  guint left_out = clip_skip ? clip_skip - 1 : config->skip + config->missing;

  if (left_out > 1 || left_out < config->missing)
    return NULL;
  return g_strdup_printf ("%s%s_%s", facts->n_texts == 1 ? "" : which == 0 ? "l_" : "g_", left_out ? "penultimate" : "last",
                          config->final_norm ? "normed" : "raw");
}

/* Where nobody has CLIP's vocabulary: the ids that are stored. */
static LimnPrompt *
make_prompt (LimnFixturesCheckpoint *self, LimnSafetensors *file, guint p, GError **error)
{
  g_auto (LimnFixturesValues) ids = { 0 };
  LimnPromptChunk *chunk;
  LimnPrompt *prompt;

  if (!limn_fixtures_load (file, self->facts->n_texts == 1 ? "tokens" : "tokens_l", 2, &ids, error))
    return NULL;
  prompt = g_new0 (LimnPrompt, 1);
  prompt->syntax = LIMN_PROMPT_PLAIN;
  prompt->n_chunks = 1;
  prompt->chunks = chunk = g_new0 (LimnPromptChunk, 1);
  for (guint t = 0; t < LIMN_PROMPT_CHUNK_LENGTH; t++)
    {
      chunk->ids[t] = ids.values[p * LIMN_PROMPT_CHUNK_LENGTH + t];
      chunk->weights[t] = 1;
      /* start, n_tokens tokens, end, which has the highest id */
      if (chunk->ids[t] > chunk->ids[chunk->n_tokens + 1])
        chunk->n_tokens = MAX (t, 1) - 1;
    }
  return prompt;
}

static gboolean
check_tokens (LimnFixturesCheckpoint *self, LimnSafetensors *file, guint which, LimnPrompt **prompts, GError **error)
{
  static const char *const names[] = { "tokens_l", "tokens_g" };
  const char *name = self->facts->n_texts == 1 ? "tokens" : names[which];
  const LimnTextConfig *config = &self->facts->texts[which];
  g_auto (LimnFixturesValues) want = { 0 };
  guint n_wrong = 0;

  if (!limn_model_get_tokenizer (self->model))
    {
      limn_fixtures_not_offered (self->fixtures, name, "nobody has CLIP's vocabulary here");
      return TRUE;
    }
  if (!limn_fixtures_load (file, name, 2, &want, error))
    return FALSE;
  for (guint p = 0; p < self->n_prompts; p++)
    for (guint t = 0; t < LIMN_PROMPT_CHUNK_LENGTH; t++)
      {
        guint32 id = prompts[p]->chunks[0].ids[t];

        /* The second encoder's padding is put in on the way to it. */
        if (t > prompts[p]->chunks[0].n_tokens + 1 && config->pad_id != LIMN_TEXT_PAD_AS_IS)
          id = config->pad_id;
        n_wrong += id != want.values[p * LIMN_PROMPT_CHUNK_LENGTH + t];
      }
  if (self->dtype == LIMN_DTYPE_F32)
    limn_fixtures_checkpoint_report (self, "text", name, n_wrong, 0);
  return TRUE;
}

/* Columns of encoder @which in the conditionings of all prompts, against the stored ones of this @clip_skip if there are any. */
static gboolean
compare_states (LimnFixturesCheckpoint *self, LimnSafetensors *file, guint which, guint clip_skip, LimnConditioning **conditionings,
                GError **error)
{
  g_autofree char *name = name_states (self->facts, which, clip_skip);
  guint width = self->facts->texts[which].width, column = which == 0 ? 0 : self->facts->texts[0].width;
  g_auto (LimnFixturesValues) want = { 0 };
  g_autofree float *got = NULL;
  float *to;

  if (!limn_fixtures_load (file, name, 3, &want, error))
    return FALSE;
  got = to = g_new (float, want.tensor->n_elements);
  for (guint p = 0; p < self->n_prompts; p++)
    for (guint t = 0; t < LIMN_PROMPT_CHUNK_LENGTH; t++, to += width)
      memcpy (to, conditionings[p]->states + (gsize) t * conditionings[p]->width + column, width * sizeof *to);
  limn_fixtures_checkpoint_compare (self, "text", name, got, &want, 1);
  return TRUE;
}

/* What clip skip gives where somebody stored it: other states of the same prompts. */
static gboolean
check_clip_skips (LimnFixturesCheckpoint *self, LimnSafetensors *file, guint which, LimnTextEncoder *encoder, LimnPrompt **prompts,
                  GError **error)
{
  g_autofree char *own = name_states (self->facts, which, 0);

  for (guint clip_skip = 1; clip_skip <= 2; clip_skip++)
    {
      g_autofree char *name = name_states (self->facts, which, clip_skip);
      LimnConditioning *skipped[LIMN_FIXTURES_MAX_PROMPTS] = { NULL };
      gboolean good = TRUE;

      if (!name || g_str_equal (name, own) || !limn_safetensors_lookup (file, name))
        continue;
      for (guint p = 0; p < self->n_prompts && good; p++)
        {
          skipped[p] = limn_pipeline_text_begin (self->facts, 1, NULL);
          good = limn_pipeline_text_add (skipped[p], self->facts, which, encoder, prompts[p], clip_skip, NULL, error);
        }
      good = good && compare_states (self, file, which, clip_skip, skipped, error);
      for (guint p = 0; p < self->n_prompts; p++)
        limn_conditioning_free (skipped[p]);
      if (!good)
        return FALSE;
    }
  return TRUE;
}

static gboolean
check_pooled (LimnFixturesCheckpoint *self, LimnSafetensors *file, GError **error)
{
  guint n_pooled = self->conditionings[0]->n_pooled;
  g_auto (LimnFixturesValues) want = { 0 };
  g_autofree float *got = NULL;

  if (!limn_fixtures_load (file, "g_pooled_projected", 2, &want, error))
    return FALSE;
  got = g_new (float, want.tensor->n_elements);
  for (guint p = 0; p < self->n_prompts; p++)
    memcpy (got + p * n_pooled, self->conditionings[p]->vector, n_pooled * sizeof *got);
  limn_fixtures_checkpoint_compare (self, "text", "g_pooled_projected", got, &want, 1);
  return TRUE;
}

/* A vector's sizes against the reference's: no network is asked. */
static gboolean
check_sizes (LimnFixturesCheckpoint *self, LimnSafetensors *file, GError **error)
{
  g_auto (LimnFixturesValues) ids = { 0 };
  g_auto (LimnFixturesValues) want = { 0 };
  guint step = self->facts->unet.vector_step;
  g_autofree float *got = NULL;

  if (!limn_fixtures_load (file, "time_ids", 2, &ids, error) || !limn_fixtures_load (file, "time_ids_embedded", 2, &want, error))
    return FALSE;
  got = g_new (float, want.tensor->n_elements);
  for (guint i = 0; i < ids.tensor->dims[0]; i++)
    {
      const float *v = ids.values + i * LIMN_PROMPT_N_SIZES;
      const LimnPromptSizes sizes = {
        .original_height = v[0],
        .original_width = v[1],
        .crop_y = v[2],
        .crop_x = v[3],
        .target_height = v[4],
        .target_width = v[5],
      };

      limn_prompt_sizes_embed (&sizes, LIMN_PROMPT_N_SIZES, step, got + (gsize) i * LIMN_PROMPT_N_SIZES * step);
    }
  if (self->dtype == LIMN_DTYPE_F32)
    limn_fixtures_checkpoint_compare (self, "text", "time_ids_embedded", got, &want, 1);
  return TRUE;
}

static gboolean
read_prompts (LimnFixturesCheckpoint *self, LimnSafetensors *file, GError **error)
{
  const char *json = limn_safetensors_get_metadata (file, "prompts");
  json_t *array = json ? json_loads (json, 0, NULL) : NULL;
  gsize n = json_array_size (array);

  g_clear_pointer (&self->prompts, g_strfreev);
  self->prompts = g_new0 (char *, n + 1);
  for (gsize i = 0; i < n; i++)
    self->prompts[i] = g_strdup (json_string_value (json_array_get (array, i)));
  json_decref (array);
  self->n_prompts = n;
  if (n > 0 && n <= LIMN_FIXTURES_MAX_PROMPTS)
    return TRUE;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "text.safetensors does not say for which prompts it is");
  return FALSE;
}

static gboolean
encode_all (LimnFixturesCheckpoint *self, LimnSafetensors *file, LimnPrompt **prompts, GError **error)
{
  for (guint which = 0; which < self->facts->n_texts; which++)
    {
      g_autoptr (LimnTextEncoder) encoder = NULL;
      Text text = { which, NULL };

      if (!check_tokens (self, file, which, prompts, error)
          || !load_part (self, LIMN_MODEL_TEXT_ENCODER + which, self->dtype, load_text, &text, error))
        return FALSE;
      encoder = text.encoder;
      for (guint p = 0; p < self->n_prompts; p++)
        if (!limn_pipeline_text_add (self->conditionings[p], self->facts, which, encoder, prompts[p], 0, NULL, error))
          return FALSE;
      if (!compare_states (self, file, which, 0, self->conditionings, error)
          || !check_clip_skips (self, file, which, encoder, prompts, error))
        return FALSE;
    }
  return self->conditionings[0]->n_pooled == 0 || (check_pooled (self, file, error) && check_sizes (self, file, error));
}

static gboolean
check_text (LimnFixturesCheckpoint *self, GError **error)
{
  g_autoptr (LimnSafetensors) file = limn_fixtures_checkpoint_open (self, "text.safetensors", error);
  const LimnTokenizer *tokenizer = limn_model_get_tokenizer (self->model);
  LimnPrompt *prompts[LIMN_FIXTURES_MAX_PROMPTS] = { NULL };
  gboolean good = file && read_prompts (self, file, error);

  for (guint p = 0; good && p < self->n_prompts; p++)
    {
      if (tokenizer)
        prompts[p] = limn_prompt_new (tokenizer, self->prompts[p], LIMN_PROMPT_PLAIN, error);
      else
        prompts[p] = make_prompt (self, file, p, error);
      good = prompts[p] != NULL;
      g_clear_pointer (&self->conditionings[p], limn_conditioning_free);
      self->conditionings[p] = limn_pipeline_text_begin (self->facts, 1, NULL);
    }
  good = good && encode_all (self, file, prompts, error);
  for (guint p = 0; p < self->n_prompts; p++)
    limn_prompt_free (prompts[p]);
  return good;
}

/* -------- VAE -------- */

static gboolean
check_picture (LimnFixturesCheckpoint *self, LimnSafetensors *file, const char *letter, GError **error)
{
  static const char *const parts[] = { "image", "moments", "z", "decoded" };
  LimnFixturesValues values[G_N_ELEMENTS (parts)] = { { NULL } };
  char names[G_N_ELEMENTS (parts)][32];
  g_autofree float *moments = NULL;
  g_autofree float *picture = NULL;
  gboolean good = TRUE;

  for (gsize i = 0; i < G_N_ELEMENTS (parts) && good; i++)
    {
      g_snprintf (names[i], sizeof names[i], "%s_%s", parts[i], letter);
      good = limn_fixtures_load (file, names[i], 4, &values[i], error);
    }
  if (good)
    {
      gsize half = values[1].tensor->n_elements / 2;
      const guint64 *dims = values[2].tensor->dims;

      moments = g_new (float, 2 * half);
      picture = g_new (float, values[3].tensor->n_elements);
      good = limn_vae_encode (self->encoder, dims[0], dims[2], dims[3], values[0].values, NULL, NULL, moments, moments + half, error)
             && limn_vae_decode (self->decoder, dims[0], dims[2], dims[3], values[2].values, NULL, NULL, NULL, picture, error);
    }
  if (good)
    {
      limn_fixtures_checkpoint_compare (self, "vae", names[1], moments, &values[1], 1);
      limn_fixtures_checkpoint_compare (self, "vae", names[3], picture, &values[3], 1);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    limn_fixtures_values_clear (&values[i]);
  return good;
}

static gboolean
check_vae (LimnFixturesCheckpoint *self, GError **error)
{
  g_autoptr (LimnSafetensors) file = limn_fixtures_checkpoint_open (self, "vae.safetensors", error);

  for (guint i = 0; file && i < limn_safetensors_get_n (file); i++)
    {
      const char *name = limn_safetensors_get_nth (file, i)->name;

      if (g_str_has_prefix (name, "image_") && !check_picture (self, file, name + strlen ("image_"), error))
        return FALSE;
    }
  return file != NULL;
}

/* -------- UNet -------- */

/* Which prompts' states a case has: numbers in brackets of its metadata. "ctx[0] and ctx[2]": those of sample 0 and of sample 1. With lists of
 * two, "cat([ctx[0],ctx[1]]) and cat([ctx[2],ctx[0]])", the batches (0, 1) and (2, 0) are joined along the tokens: sample 0 sees 0 then
 * 2, sample 1 sees 1 then 0. Who says nothing has prompts 0 and 2. (The index's description reads as if it were 0 then 1, and 2 then 0; that is 0.15 off, where this is 3.7e-6.) */
static guint
read_contexts (LimnSafetensors *file, guint n_prompts, guint *numbers)
{
  const char *text = limn_safetensors_get_metadata (file, "context");
  guint n = 0;

  if (!text && n_prompts > 2)
    {
      numbers[0] = 0;
      numbers[1] = 2;
      return 2;
    }
  for (const char *at = text ? strstr (text, "ctx[") : NULL; at && n < 4; at = strstr (at + 1, "ctx["))
    {
      numbers[n] = g_ascii_strtoull (at + strlen ("ctx["), NULL, 10);
      if (numbers[n++] >= n_prompts)
        return 0;
    }
  return n;
}

/* The stored states of all encoders side by side: [prompts, tokens, context_width]. */
static float *
load_states (LimnFixturesCheckpoint *self, LimnSafetensors *text, guint *n_prompts, GError **error)
{
  gsize width = self->facts->unet.context_width, column = 0;
  g_autofree float *states = NULL;

  for (guint which = 0; which < self->facts->n_texts; which++)
    {
      g_autofree char *name = name_states (self->facts, which, 0);
      gsize own = self->facts->texts[which].width, rows;
      g_auto (LimnFixturesValues) values = { 0 };

      if (!limn_fixtures_load (text, name, 3, &values, error))
        return NULL;
      *n_prompts = values.tensor->dims[0];
      rows = *n_prompts * LIMN_PROMPT_CHUNK_LENGTH;
      if (!states)
        states = g_new (float, rows * width);
      for (gsize r = 0; r < rows; r++)
        memcpy (states + r * width + column, values.values + r * own, own * sizeof *states);
      column += own;
    }
  return g_steal_pointer (&states);
}

float *
limn_fixtures_checkpoint_load_contexts (LimnFixturesCheckpoint *self, LimnSafetensors *file, guint *chunks, GError **error)
{
  g_autoptr (LimnSafetensors) text = limn_fixtures_checkpoint_open (self, "text.safetensors", error);
  gsize one = (gsize) LIMN_PROMPT_CHUNK_LENGTH * self->facts->unet.context_width;
  g_autofree float *states = NULL;
  guint numbers[4], n_prompts = 0, n;
  float *contexts;

  states = text ? load_states (self, text, &n_prompts, error) : NULL;
  if (!states)
    return NULL;
  n = read_contexts (file, n_prompts, numbers);
  if (n != 2 && n != 4)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "a case does not say which contexts it has");
      return NULL;
    }
  *chunks = n / 2;
  contexts = g_new (float, 2 * *chunks * one);
  for (guint i = 0; i < 2; i++)
    for (guint k = 0; k < *chunks; k++)
      memcpy (contexts + (i * *chunks + k) * one, states + numbers[2 * k + i] * one, one * sizeof *contexts);
  return contexts;
}

static gboolean
check_unet_file (LimnFixturesCheckpoint *self, const char *base, GError **error)
{
  g_autoptr (LimnSafetensors) text = limn_fixtures_checkpoint_open (self, "text.safetensors", error);
  g_autoptr (LimnSafetensors) file = text ? limn_fixtures_checkpoint_open (self, base, error) : NULL;
  g_auto (LimnFixturesValues) x = { 0 };
  g_auto (LimnFixturesValues) t = { 0 };
  g_auto (LimnFixturesValues) y = { 0 };
  g_auto (LimnFixturesValues) want = { 0 };
  g_autofree float *context = NULL;
  g_autofree float *got = NULL;
  g_autofree char *label = g_strndup (base, strlen (base) - strlen (".safetensors"));
  LimnUnetInput input;
  guint chunks;

  context = file ? limn_fixtures_checkpoint_load_contexts (self, file, &chunks, error) : NULL;
  if (!context || !limn_fixtures_load (file, "x", 4, &x, error) || !limn_fixtures_load (file, "timesteps", 1, &t, error)
      || !limn_fixtures_load (file, "out", 4, &want, error)
      || (self->facts->vector_width > 0 && !limn_fixtures_load (text, "y", 2, &y, error)))
    return FALSE;
  got = g_new (float, want.tensor->n_elements);
  input = (LimnUnetInput) {
    .n = x.tensor->dims[0],
    .h = x.tensor->dims[2],
    .w = x.tensor->dims[3],
    .tokens = chunks * LIMN_PROMPT_CHUNK_LENGTH,
    .x = x.values,
    .t = t.values,
    .context = context,
    .vector = y.values,
  };
  if (!limn_unet_run (self->unet, &input, NULL, NULL, got, error))
    return FALSE;
  limn_fixtures_checkpoint_compare (self, label, "out", got, &want, 1);
  return TRUE;
}

static gboolean
check_unet (LimnFixturesCheckpoint *self, GError **error)
{
  for (char letter = 'a'; letter <= 'z'; letter++)
    {
      g_autofree char *base = g_strdup_printf ("unet-%c.safetensors", letter);
      g_autofree char *path = g_build_filename (self->dir, base, NULL);

      if (g_file_test (path, G_FILE_TEST_EXISTS) && !check_unet_file (self, base, error))
        return FALSE;
    }
  return TRUE;
}

/* -------- all of it -------- */

static void
clear_networks (LimnFixturesCheckpoint *self)
{
  g_clear_pointer (&self->unet, limn_unet_free);
  g_clear_pointer (&self->decoder, limn_vae_free);
  g_clear_pointer (&self->encoder, limn_vae_free);
  for (gsize p = 0; p < G_N_ELEMENTS (self->conditionings); p++)
    g_clear_pointer (&self->conditionings[p], limn_conditioning_free);
  g_clear_pointer (&self->prompts, g_strfreev);
}

static gboolean
check_precision (LimnFixturesCheckpoint *self, const LimnFixturesChoice *choice, GError **error)
{
  const char *part = choice->part;
  gboolean control = choice->control && (!part || g_str_equal (part, "control"));
  gboolean runs = !part || g_str_equal (part, "runs"), vae = !part || g_str_equal (part, "vae"), unet = !part || g_str_equal (part, "unet");
  LimnDtype vae_dtype = self->facts->vae.force_upcast ? LIMN_DTYPE_F32 : self->dtype;
  gboolean good = TRUE;

  if (!part || runs || g_str_equal (part, "text"))
    good = check_text (self, error);
  if (good && (runs || vae))
    good = load_part (self, LIMN_MODEL_VAE, vae_dtype, load_vae, NULL, error);
  if (good && vae)
    good = check_vae (self, error);
  if (good && (runs || unet || control))
    good = load_part (self, LIMN_MODEL_UNET, self->dtype, load_unet, NULL, error);
  if (good && unet)
    good = check_unet (self, error);
  if (good && runs)
    good = limn_fixtures_check_runs (self, error);
  if (good && control)
    good = limn_fixtures_check_control (self, choice->control, error);
  clear_networks (self);
  return good;
}

/* Where @dir has what was computed from models of @folder: itself, below it, or below its expected/. */
static char *
find_expected (const char *dir, const char *folder)
{
  const char *const tries[][3] = { { "expected", folder, "unet-a.safetensors" }, { folder, "unet-a.safetensors", NULL } };
  g_autofree char *base = g_path_get_basename (dir);

  for (gsize i = 0; i < G_N_ELEMENTS (tries); i++)
    {
      g_autofree char *path = g_build_filename (dir, tries[i][0], tries[i][1], tries[i][2], NULL);

      if (g_file_test (path, G_FILE_TEST_EXISTS))
        return g_path_get_dirname (path);
    }
  return g_str_equal (base, folder) ? g_strdup (dir) : NULL;
}

/* For single files, which bring none. (nullable) */
static char *
find_vocabulary (LimnFixtures *fixtures)
{
  for (guint i = 0; i < fixtures->places->len; i++)
    {
      char *path = g_build_filename (fixtures->places->pdata[i], "clip", "bpe_simple_vocab_16e6.txt.gz", NULL);

      if (g_file_test (path, G_FILE_TEST_EXISTS))
        return path;
      g_free (path);
    }
  return NULL;
}

static gboolean
check_model (LimnFixturesCheckpoint *self, const LimnFixturesChoice *choice, GError **error)
{
  self->gl = limn_gl_new (NULL, error);
  if (!self->gl)
    return FALSE;
  self->arena = limn_arena_new (self->gl);
  for (gsize i = 0; i < G_N_ELEMENTS (precisions); i++)
    {
      if (choice->precision && !g_str_equal (choice->precision, precisions[i].name))
        continue;
      self->dtype = precisions[i].dtype;
      self->dtype_name = precisions[i].name;
      self->bound = precisions[i].bound;
      if (!check_precision (self, choice, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
limn_fixtures_check_checkpoint (LimnFixtures *fixtures, const char *dir, const LimnFixturesChoice *choice)
{
  LimnFixturesCheckpoint self = { .fixtures = fixtures };
  g_autofree char *name = g_path_get_basename (choice->path);
  g_autofree char *parent = NULL;
  g_autofree char *vocabulary = NULL;
  LimnModelOptions options = { NULL };
  g_autoptr (GError) error = NULL;
  gsize i;

  options.vocabulary = vocabulary = find_vocabulary (fixtures);
  self.model = limn_model_open_with (choice->path, &options, &error);
  if (!self.model && (g_error_matches (error, LIMN_ERROR, LIMN_ERROR_NO_VOCABULARY) || g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT)))
    {
      g_clear_error (&error);
      options.without_tokenizer = TRUE;
      self.model = limn_model_open_with (choice->path, &options, &error);
    }
  if (!self.model)
    {
      limn_fixtures_fail (fixtures, name, g_steal_pointer (&error), NULL);
      return TRUE;
    }
  self.facts = limn_model_get_facts (self.model);
  for (i = 0; i < G_N_ELEMENTS (families); i++)
    if (g_str_equal (families[i].id, self.facts->family->id))
      break;
  if (i < G_N_ELEMENTS (families))
    self.dir = find_expected (dir, families[i].folder);
  if (self.dir)
    {
      self.label = families[i].folder;
      parent = g_path_get_dirname (self.dir);
      self.text_dir = g_build_filename (parent, families[i].text, NULL);
      if (!check_model (&self, choice, &error))
        limn_fixtures_fail (fixtures, name, g_steal_pointer (&error), NULL);
    }
  clear_networks (&self);
  limn_arena_free (self.arena);
  limn_gl_free (self.gl);
  limn_model_free (self.model);
  g_free (self.text_dir);
  if (!self.dir)
    return FALSE;
  g_free (self.dir);
  return TRUE;
}
