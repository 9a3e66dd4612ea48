/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Guidance is one call of the network on two latents, unconditional first, as the reference does it; prompts joined by AND are more calls. */
#include "config.h"

#include "session/limn-engine-model-private.h"

#include "base/limn-error.h"
#include "formats/limn-prompt-program.h"
#include "model/limn-pipeline.h"
#include "model/limn-taesd.h"
#include "session/limn-contexts.h"
#include "session/limn-engine-control.h"
#include "session/limn-json-text.h"
#include "session/limn-vocabulary.h"
#include "session/limn-request-lora.h"
#include "session/limn-request-word.h"

#include <glib/gi18n-lib.h>
#include <string.h>

typedef struct
{
  LimnEngine    engine;
  LimnGl       *gl;
  LimnPipeline *pipeline;

  LimnContexts *contexts;
  GPtrArray    *word_notes; /* of the prompts that were set for the last picture */
  guint         text_version; /* of the text encoders that @contexts remembers words of */

  float        *x;          /* two latents */
  float        *prediction;
  gsize         n;          /* elements of one latent that these have room for */
  float        *states;     /* of two contexts */
  gsize         n_states;

  gboolean      warm;       /* its kernels are compiled */
} ModelEngine;

/* What a class of scheduler in diffusers samples like. The first row is for what nobody knows. */
static const struct
{
  const char     *class_name;
  LimnSamplerKind sampler;
  guint           steps;
  double          cfg;
} samplers[] = {
  { "", LIMN_SAMPLER_EULER, 20, 7.5 },
  { "DDIMScheduler", LIMN_SAMPLER_DDIM, 20, 7.5 },
  { "DDPMScheduler", LIMN_SAMPLER_DDPM, 50, 7.5 },
  { "PNDMScheduler", LIMN_SAMPLER_PLMS, 20, 7.5 },
  { "EulerDiscreteScheduler", LIMN_SAMPLER_EULER, 20, 7.5 },
  { "EulerAncestralDiscreteScheduler", LIMN_SAMPLER_EULER_A, 20, 7.5 },
  { "HeunDiscreteScheduler", LIMN_SAMPLER_HEUN, 20, 7.5 },
  { "KDPM2DiscreteScheduler", LIMN_SAMPLER_DPM2, 20, 7.5 },
  { "KDPM2AncestralDiscreteScheduler", LIMN_SAMPLER_DPM2_A, 20, 7.5 },
  { "DPMSolverMultistepScheduler", LIMN_SAMPLER_DPMPP_2M, 20, 7.5 },
  { "DPMSolverSDEScheduler", LIMN_SAMPLER_DPMPP_SDE, 20, 7.5 },
  { "UniPCMultistepScheduler", LIMN_SAMPLER_UNIPC, 20, 7.5 },
  { "LMSDiscreteScheduler", LIMN_SAMPLER_LMS, 20, 7.5 },
  { "LCMScheduler", LIMN_SAMPLER_LCM, 4, 1 },
};

static gboolean
get_need (LimnEngine *engine, const LimnRequest *request, const LimnEngineShape *shape, gboolean guided, guint64 *need, guint64 *limit,
          LimnPipelinePlan *plan, GError **error)
{
  ModelEngine *self = (ModelEngine *) engine;
  const LimnModelFacts *facts = limn_pipeline_get_facts (self->pipeline);
  guint64 budget = limn_gl_get_budget_bytes (self->gl);
  guint64 cells = MAX ((guint64) shape->decode_width_lt * shape->decode_height_lt,
                       (guint64) shape->encode_width_lt * shape->encode_height_lt);
  guint64 floor = cells * facts->factor * facts->factor * facts->vae.channels[0] * (request->storage == LIMN_STORAGE_F16 ? 2 : 4);
  LimnPipelineShape passes = {
    .unet_h = shape->denoise_height_lt,
    .unet_w = shape->denoise_width_lt,
    .decoder_h = shape->decode_height_lt,
    .decoder_w = shape->decode_width_lt,
    .encoder_h = shape->encode_height_lt,
    .encoder_w = shape->encode_width_lt,
  };
  guint n_contexts;

  /* What the VAE's largest layer alone takes, in slabs too. Where that is too much already nothing has to be planned, and it says more than that a single
   * layer is more than a buffer can be, which is all that planning would find. */
  if (floor > budget)
    {
      *need = floor;
      *limit = budget;
      *plan = LIMN_PLAN_NONE;
      return TRUE;
    }
  if (!limn_contexts_measure (self->contexts, request, request->steps, guided, &passes.tokens, &n_contexts, error))
    return FALSE;
  passes.n = MIN (n_contexts, 2);
  return limn_engine_control_add_need (self->pipeline, request, &passes, error) &&
         limn_pipeline_get_shape_need (self->pipeline, &passes, need, limit, plan, error);
}

static gboolean
set_loras (ModelEngine *self, const LimnRequest *request, GCancellable *cancellable, GError **error)
{
  g_autoptr(GPtrArray) loras = limn_request_list_loras (request);
  g_autofree LimnLoraUse *uses = g_new (LimnLoraUse, loras->len);
  gboolean good;

  for (guint i = 0; i < loras->len; i++)
    {
      const LimnRequestLora *lora = g_ptr_array_index (loras, i);

      uses[i] = (LimnLoraUse) { lora->path, lora->strength, lora->text_strength };
    }
  good = limn_pipeline_set_loras (self->pipeline, uses, loras->len, cancellable, error);
  /* The same words are others to the network then. */
  if (self->text_version != limn_pipeline_get_text_version (self->pipeline))
    {
      limn_contexts_free (self->contexts);
      self->contexts = limn_contexts_new (self->pipeline);
      self->text_version = limn_pipeline_get_text_version (self->pipeline);
    }
  return good;
}

/* What of a LoRA has no place in the model is said, in whole sentences, and that the VAE was too much for half precision: nothing is done in silence. */
static char **
dup_notes (LimnEngine *engine)
{
  g_autoptr(GStrvBuilder) notes = g_strv_builder_new ();
  const LimnLoraFit *fits;
  guint n;

  fits = limn_pipeline_get_lora_fits (((ModelEngine *) engine)->pipeline, &n);
  for (guint i = 0; i < n; i++)
    {
      const LimnLoraFit *fit = &fits[i];
      guint n_unfit = fit->n_layers - fit->n_fit;
      g_autofree char *note = NULL;

      if (n_unfit == 0)
        continue;
      /* Translators: of a LoRA, a file that changes a model's style: “12 of the 264 parts of “ink.safetensors” do not fit…”. The plural goes by the
       * first number. */
      note = g_strdup_printf (ngettext ("%u of the %u parts of “%s” does not fit this model and was left out.",
                                        "%u of the %u parts of “%s” do not fit this model and were left out.", n_unfit),
                              n_unfit, fit->n_layers, fit->name);
      g_strv_builder_add (notes, note);
    }
  for (guint i = 0; i < ((ModelEngine *) engine)->word_notes->len; i++)
    g_strv_builder_add (notes, g_ptr_array_index (((ModelEngine *) engine)->word_notes, i));
  if (limn_pipeline_count_full_decodes (((ModelEngine *) engine)->pipeline) > 0)
    /* Translators: after a picture; “black squares” is what artists know it by. The VAE is the part of the model that turns numbers into colours. */
    g_strv_builder_add (notes, _("The model’s VAE gives black squares in half precision, so the picture was decoded in full precision, which takes longer. "
                                 "Another VAE, or full precision under “Painted by”, avoids that."));
  return g_strv_builder_end (notes);
}

static gboolean
load (LimnEngine *engine, const LimnRequest *request, GCancellable *cancellable, GError **error)
{
  ModelEngine *self = (ModelEngine *) engine;

  /* What was decoded and said before is no news of this picture. */
  limn_pipeline_count_full_decodes (self->pipeline);
  g_ptr_array_set_size (self->word_notes, 0);
  return set_loras (self, request, cancellable, error) && limn_pipeline_load (self->pipeline, cancellable, error);
}

static void
on_progress (LimnPipeline *pipeline, guint64 done, guint64 total, gpointer data)
{
  LimnEngine *engine = data;

  if (engine->reading)
    engine->reading (engine->reading_data, total > 0 ? (double) done / total : -1);
}

static void
add_word_note (ModelEngine *self, char *note)
{
  if (g_ptr_array_find_with_equal_func (self->word_notes, note, g_str_equal, NULL))
    g_free (note);
  else
    g_ptr_array_add (self->word_notes, note);
}

/* What of the words has another effect than whoever wrote them thinks. */
static void
note_words (ModelEngine *self, const LimnRequest *request)
{
  const LimnModelFacts *facts = limn_pipeline_get_facts (self->pipeline);
  g_auto(GStrv) unknown = limn_request_list_unknown_words (request);

  for (guint i = 0; unknown[i]; i++)
    /* Translators: %s is the name of a learned word, a file. */
    add_word_note (self, g_strdup_printf (_("There is no learned word “%s”; it was painted as the words that stand there."), unknown[i]));
  for (guint i = 0; i < facts->n_texts; i++)
    {
      guint n_layers = facts->texts[i].n_layers + facts->texts[i].missing;

      if (request->clip_skip > n_layers)
        /* Translators: “Clip skip 9 goes beyond the 4 layers of…”. The plural goes by the second number. */
        add_word_note (self, g_strdup_printf (ngettext ("Clip skip %u goes beyond the %u layer of this model’s text encoder; that one was taken.",
                                                        "Clip skip %u goes beyond the %u layers of this model’s text encoder; the first one was taken.",
                                                        n_layers),
                                              request->clip_skip, n_layers));
    }
}

static gboolean
set_prompts (LimnEngine *engine, const LimnRequest *request, guint n_steps, gboolean guided, GCancellable *cancellable, GError **error)
{
  note_words ((ModelEngine *) engine, request);
  return set_loras ((ModelEngine *) engine, request, cancellable, error) &&
         limn_contexts_set (((ModelEngine *) engine)->contexts, request, n_steps, guided, cancellable, error);
}

static gboolean
load_controls (LimnEngine *engine, const LimnRequest *request, GCancellable *cancellable, GError **error)
{
  return limn_engine_control_load (((ModelEngine *) engine)->pipeline, request, cancellable, error);
}

static void
use_controls (LimnEngine *engine, const LimnEngineControl *controls, guint n)
{
  limn_engine_control_use (((ModelEngine *) engine)->pipeline, controls, n);
}

static gboolean
warm_up (LimnEngine *engine, const LimnRequest *request, gboolean guided, GCancellable *cancellable, GError **error)
{
  ModelEngine *self = (ModelEngine *) engine;
  guint tokens, n_contexts;

  if (!self->warm)
    self->warm = limn_contexts_measure (self->contexts, request, request->steps, guided, &tokens, &n_contexts, error) &&
                 limn_pipeline_warm_up (self->pipeline, request->width, request->height, MIN (n_contexts, 2), tokens, cancellable, error);
  return self->warm;
}

/* What the network says of @x when it is told one context, or each of two. @answers: (out): borrowed until the next call. */
static gboolean
ask (ModelEngine *self, guint width, guint height, const float *x, double timestep, const LimnConditioning *const *told, guint n_told,
     GCancellable *cancellable, const float **answers, GError **error)
{
  const LimnEngineFacts *facts = &self->engine.facts;
  gsize n = (gsize) facts->n_inputs * width * height, n_out = (gsize) facts->n_predictions * width * height;
  gsize n_states = (gsize) told[0]->tokens * told[0]->width, n_vector = told[0]->vector_width;
  const float timesteps[2] = { (float) timestep, (float) timestep };

  if (self->n < n)
    {
      self->x = g_renew (float, self->x, 2 * n);
      self->prediction = g_renew (float, self->prediction, 2 * n_out);
      self->n = n;
    }
  if (self->n_states < n_states + n_vector)
    {
      self->states = g_renew (float, self->states, 2 * (n_states + n_vector));
      self->n_states = n_states + n_vector;
    }
  for (guint i = 0; i < n_told; i++)
    {
      memcpy (self->x + i * n, x, n * sizeof *x);
      memcpy (self->states + i * n_states, told[i]->states, n_states * sizeof *self->states);
      if (n_vector > 0)
        memcpy (self->states + n_told * n_states + i * n_vector, told[i]->vector, n_vector * sizeof *self->states);
      answers[i] = self->prediction + i * n_out;
    }
  return limn_pipeline_denoise (self->pipeline, n_told, height, width, told[0]->tokens, self->x, timesteps, self->states,
                                n_vector > 0 ? self->states + n_told * n_states : NULL, cancellable, self->prediction, error);
}

/* Two contexts at a time, the negative prompt's first. */
static gboolean
denoise (LimnEngine *engine, guint width, guint height, guint step, const float *x, double timestep, float *cond, float *uncond,
         GCancellable *cancellable, GError **error)
{
  ModelEngine *self = (ModelEngine *) engine;
  gsize n = (gsize) engine->facts.n_predictions * width * height;
  const LimnConditioning *all[1 + LIMN_PROMPT_MAX_PARTS];
  g_autofree float *base = NULL;
  g_autofree double *sum = NULL;
  LimnContextsStep told;
  guint n_all = 0, first;

  g_return_val_if_fail (limn_contexts_is_set (self->contexts, uncond != NULL), FALSE);

  limn_contexts_get (self->contexts, step, &told);
  if (told.negative)
    all[n_all++] = told.negative;
  first = n_all;
  for (guint i = 0; i < told.n_parts; i++)
    all[n_all++] = told.parts[i];
  if (told.n_parts > 1)
    {
      base = g_new (float, n);
      sum = g_new0 (double, n);
    }
  for (guint i = 0; i < n_all; i += 2)
    {
      guint n_asked = MIN (n_all - i, 2);
      const float *answers[2];

      if (!ask (self, width, height, x, timestep, all + i, n_asked, cancellable, answers, error))
        return FALSE;
      for (guint j = i; j < i + n_asked; j++)
        {
          const float *answer = answers[j - i];

          if (j < first && uncond)
            memcpy (uncond, answer, n * sizeof *answer);
          if (j < first && base)
            memcpy (base, answer, n * sizeof *answer);
          if (j >= first && !base)
            memcpy (cond, answer, n * sizeof *answer);
          for (gsize k = 0; j >= first && base && k < n; k++)
            sum[k] += told.weights[j - first] * ((double) answer[k] - base[k]);
        }
    }
  for (gsize k = 0; base && k < n; k++)
    cond[k] = (float) (base[k] + sum[k]);
  return TRUE;
}

static LimnImage *
decode (LimnEngine *engine, guint width, guint height, const float *x, GCancellable *cancellable, GError **error)
{
  ModelEngine *self = (ModelEngine *) engine;
  guint factor = engine->facts.factor;
  g_autofree guint8 *rgba = g_malloc ((gsize) width * factor * height * factor * 4);

  if (!limn_pipeline_decode (self->pipeline, 1, height, width, x, cancellable, rgba, NULL, error))
    return NULL;
  self->warm = TRUE;
  return limn_image_new_take (LIMN_PIXEL_RGBA8, width * factor, height * factor, g_steal_pointer (&rgba), error);
}

static LimnImage *
decode_small (LimnEngine *engine, const char *path, guint width, guint height, const float *x, GCancellable *cancellable, GError **error)
{
  ModelEngine *self = (ModelEngine *) engine;
  guint factor = engine->facts.factor;
  g_autofree guint8 *rgba = g_malloc ((gsize) width * factor * height * factor * 4);

  if (!limn_pipeline_decode_small (self->pipeline, path, height, width, x, cancellable, rgba, error))
    return NULL;
  return limn_image_new_take (LIMN_PIXEL_RGBA8, width * factor, height * factor, g_steal_pointer (&rgba), error);
}

static gboolean
encode (LimnEngine *engine, guint width, guint height, const float *rgb, float *x, GCancellable *cancellable, GError **error)
{
  ModelEngine *self = (ModelEngine *) engine;
  gsize n = (gsize) engine->facts.n_channels * width * height;
  float scaling_factor = limn_pipeline_get_facts (self->pipeline)->vae.scaling_factor;
  g_autofree float *mean = g_new (float, n);
  g_autofree float *logvar = g_new (float, n);

  if (!limn_pipeline_encode (self->pipeline, 1, height, width, rgb, cancellable, mean, logvar, error))
    return FALSE;
  for (gsize i = 0; i < n; i++)
    x[i] = mean[i] * scaling_factor;
  return TRUE;
}

static char *
hash_model (LimnEngine *engine, GCancellable *cancellable, GError **error)
{
  ModelEngine *self = (ModelEngine *) engine;
  const LimnModel *model = limn_pipeline_get_model (self->pipeline);
  const char *const *files = limn_model_get_weight_files (model);
  LimnJsonText *text = limn_json_text_new ();
  gboolean good = TRUE;
  char *json;

  limn_json_text_begin_object (text, NULL);
  for (guint i = 0; files[i] && good; i++)
    {
      g_autofree char *hash = limn_model_hash_file (model, files[i], cancellable, error);

      good = hash != NULL;
      limn_json_text_add_string (text, files[i], hash);
    }
  limn_json_text_end_object (text);
  json = limn_json_text_free (text);
  if (!good)
    g_clear_pointer (&json, g_free);
  return json;
}

/* What is recorded stays: the tuner's choices count for the passes that are recorded from then on. */
static gboolean
idle (LimnEngine *engine, GCancellable *cancellable, gboolean *more, GError **error)
{
  ModelEngine *self = (ModelEngine *) engine;

  return limn_pipeline_tune (self->pipeline, cancellable, more, error);
}

static void
model_engine_free (LimnEngine *engine)
{
  ModelEngine *self = (ModelEngine *) engine;

  g_clear_pointer (&self->contexts, limn_contexts_free);
  g_clear_pointer (&self->word_notes, g_ptr_array_unref);
  g_clear_pointer (&self->pipeline, limn_pipeline_free);
  g_clear_pointer (&self->gl, limn_gl_free);
  g_free (self->x);
  g_free (self->prediction);
  g_free (self->states);
  g_free (self);
}

static gboolean
try_scheduler (LimnSchedulerConfig *config, const LimnModelScheduler *file, GError **error)
{
  limn_scheduler_config_init (config);
  config->beta_start = file->beta_start;
  config->beta_end = file->beta_end;
  config->num_train_timesteps = file->num_train_timesteps;
  config->steps_offset = file->steps_offset;
  config->set_alpha_to_one = file->set_alpha_to_one;
  config->use_karras_sigmas = file->use_karras_sigmas;
  config->use_exponential_sigmas = file->use_exponential_sigmas;
  config->rescale_betas_zero_snr = file->rescale_betas_zero_snr;
  config->clip_sample = file->clip_sample;
  config->thresholding = file->thresholding;
  if (!limn_betas_from_name (file->beta_schedule, &config->beta_schedule, error) ||
      !limn_prediction_from_name (file->prediction_type, &config->prediction_type, error) ||
      !limn_spacing_from_name (file->timestep_spacing, &config->timestep_spacing, error) ||
      !limn_variance_from_name (file->variance_type, &config->variance_type, error))
    return FALSE;
  if (file->trained_betas)
    {
      config->beta_schedule = LIMN_BETAS_TRAINED;
      config->trained_betas = file->trained_betas;
      config->n_trained_betas = file->n_trained_betas;
    }
  return limn_scheduler_config_check (config, error);
}

/* What diffusion/ calls an invalid setting nobody has set here: the model's file is wrong. */
static gboolean
read_scheduler (LimnSchedulerConfig *config, const LimnModelScheduler *file, GError **error)
{
  g_autoptr(GError) cause = NULL;

  if (try_scheduler (config, file, &cause))
    return TRUE;
  g_set_error_literal (error, LIMN_ERROR, LIMN_ERROR_FORMAT, cause->message);
  return FALSE;
}

static gboolean
read_facts (ModelEngine *self, GError **error)
{
  const LimnModelFacts *model = limn_pipeline_get_facts (self->pipeline);
  const LimnGlDevice *device = limn_gl_get_device (self->gl);
  LimnEngineFacts *facts = &self->engine.facts;
  guint row = 0;

  for (guint i = 1; i < G_N_ELEMENTS (samplers); i++)
    if (g_strcmp0 (samplers[i].class_name, model->scheduler.class_name) == 0)
      row = i;
  facts->model_name = model->name;
  facts->family = model->family->name;
  facts->weight_bytes = limn_pipeline_get_weight_bytes (self->pipeline);
  facts->n_channels = model->vae.latent_channels;
  facts->n_inputs = model->unet.in_channels;
  facts->n_predictions = model->unet.out_channels;
  facts->factor = model->factor;
  facts->multiple = model->multiple;
  facts->width = model->default_width;
  facts->height = model->default_height;
  facts->sampler = samplers[row].sampler;
  facts->steps = samplers[row].steps;
  facts->cfg = samplers[row].cfg;
  if (model->family->steps > 0)
    facts->steps = model->family->steps;
  if (model->family->cfg > 0)
    facts->cfg = model->family->cfg;
  /* The shape of latents that every such decoder takes. */
  if (model->factor == LIMN_TAESD_FACTOR && model->vae.latent_channels == 4)
    facts->scaling_factor = model->vae.scaling_factor;
  facts->device = device->name;
  facts->driver = device->driver;
  facts->software = device->device_class == LIMN_GL_SOFTWARE;
  return read_scheduler (&facts->scheduler, &model->scheduler, error);
}

LimnEngine *
limn_engine_model_open (gpointer data, const LimnRequest *request, GCancellable *cancellable, GError **error)
{
  LimnGlOptions options = { NULL };
  LimnDtype dtype = request->storage == LIMN_STORAGE_F16 ? LIMN_DTYPE_F16 : LIMN_DTYPE_F32;
  ModelEngine *self;
  LimnModelOptions choices = { .vae = request->vae, .family = request->family };
  LimnModel *model;

  /* What is wrong with the model is known before a device is woken. */
  model = limn_model_open_with (request->model, &choices, error);
  if (!model)
    return NULL;
  if (request->model && limn_model_get_facts (model)->layout == LIMN_LAYOUT_FOLDER)
    limn_vocabulary_keep (request->model);

  self = g_new0 (ModelEngine, 1);
  self->word_notes = g_ptr_array_new_with_free_func (g_free);
  self->engine = (LimnEngine){
    .load = load,
    .get_need = get_need,
    .set_prompts = set_prompts,
    .dup_notes = dup_notes,
    .warm_up = warm_up,
    .load_controls = load_controls,
    .use_controls = use_controls,
    .denoise = denoise,
    .decode = decode,
    .decode_small = decode_small,
    .encode = encode,
    .hash_model = hash_model,
    .idle = idle,
    .free = model_engine_free,
  };
  if (data)
    options = *(LimnGlOptions *) data;
  if (request->device)
    options.device = request->device;
  self->gl = limn_gl_new (&options, error);
  if (!self->gl)
    {
      limn_model_free (model);
      model_engine_free (&self->engine);
      return NULL;
    }
  self->pipeline = limn_pipeline_new (self->gl, model, dtype, error);
  if (!self->pipeline || !read_facts (self, error))
    {
      model_engine_free (&self->engine);
      return NULL;
    }
  limn_pipeline_set_progress (self->pipeline, on_progress, self);
  self->contexts = limn_contexts_new (self->pipeline);
  return &self->engine;
}

LimnGl *
limn_engine_model_get_gl (LimnEngine *engine)
{
  return ((ModelEngine *) engine)->gl;
}
