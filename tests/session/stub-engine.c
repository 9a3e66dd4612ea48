/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "stub-engine.h"

#include "base/limn-error.h"
#include "formats/limn-prompt-program.h"

#include <math.h>

typedef struct
{
  LimnEngine engine;
  StubLab   *lab;
  LimnRequest *said;
  guint      n_steps;
  gboolean   has_uncond;
  gboolean   lost;
  gboolean   loaded;
} StubEngine;

void
stub_lab_init (StubLab *lab)
{
  *lab = (StubLab){ .lose_at = G_MAXUINT, .cancel_at = G_MAXUINT, .limit_bytes = G_MAXUINT64 };
}

static gboolean
enter (StubEngine *self, GCancellable *cancellable, GError **error)
{
  StubLab *lab = self->lab;
  guint call = lab->calls++;

  /* Dead is dead: whoever goes on using a lost device is wrong. */
  g_assert_false (self->lost);
  g_assert_true (g_thread_self () == lab->thread);
  if (lab->sleep_us)
    g_usleep (lab->sleep_us);
  if (call == lab->cancel_at)
    g_cancellable_cancel (lab->cancellable);
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  if (call == lab->lose_at || lab->lose_always)
    {
      self->lost = TRUE;
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_DEVICE_LOST, "The graphics device was reset.");
      return FALSE;
    }
  return TRUE;
}

static gboolean
get_need (LimnEngine *engine, const LimnRequest *request, const LimnEngineShape *shape, gboolean guided, guint64 *need, guint64 *limit,
          LimnPipelinePlan *plan, GError **error)
{
  const StubLab *lab = ((StubEngine *) engine)->lab;

  *need = (guint64) shape->decode_width_lt * shape->decode_height_lt * 64 * 64 +
          (guint64) shape->encode_width_lt * shape->encode_height_lt * 64 * 16;
  *limit = lab->limit_bytes;
  *plan = *need > *limit ? LIMN_PLAN_NONE : lab->alone ? LIMN_PLAN_ALONE : LIMN_PLAN_WHOLE;
  return TRUE;
}

/* What a prompt says at a step, its parts by their weights. */
static double
hash_program (const char *text, LimnPromptSyntax syntax, LimnPromptSide side, guint step, guint n_steps)
{
  g_autoptr(LimnPromptProgram) program = limn_prompt_program_new (text, syntax, side, NULL);
  double sum = 0;

  g_assert_nonnull (program);
  g_assert_cmpuint (step, <, n_steps);
  for (guint i = 0; i < limn_prompt_program_get_n_parts (program); i++)
    {
      g_autofree char *part = limn_prompt_program_dup_text (program, i, step + 1, n_steps, NULL);

      sum += limn_prompt_program_get_weight (program, i) * (g_str_hash (part) + syntax);
    }
  return sum;
}

/* What is mixed is the mean of what is said; an end of weight 0 has no part in it. */
static double
hash_text (const LimnRequest *request, gboolean negative, guint step, guint n_steps)
{
  double weights[LIMN_MIX_MAX_ENDS], sum = 0;

  if (!request->mix || !limn_request_mix_has_prompts (request->mix))
    return hash_program (negative ? request->negative : request->prompt, request->syntax, negative ? LIMN_PROMPT_NEGATIVE : LIMN_PROMPT_POSITIVE,
                         step, n_steps) + 7 * request->clip_skip;
  limn_request_mix_get_weights (request->mix, weights);
  for (guint i = 0; i < request->mix->n_ends; i++)
    if (weights[i] > 0)
      sum += weights[i] * hash_text (request->mix->ends[i].request, negative, step, n_steps);
  return sum;
}

static guint
wrap (double hash)
{
  return (guint) (gint64) hash;
}

static gboolean
set_prompts (LimnEngine *engine, const LimnRequest *request, guint n_steps, gboolean guided, GCancellable *cancellable, GError **error)
{
  StubEngine *self = (StubEngine *) engine;

  limn_request_free (self->said);
  self->said = limn_request_copy (request);
  self->n_steps = n_steps;
  self->has_uncond = guided;
  return TRUE;
}

static gboolean
load (LimnEngine *engine, const LimnRequest *request, GCancellable *cancellable, GError **error)
{
  StubEngine *self = (StubEngine *) engine;

  g_assert_false (self->lost);
  g_assert_true (g_thread_self () == self->lab->thread);
  if (self->loaded)
    return TRUE;
  g_atomic_int_inc (&self->lab->n_loads);
  do
    {
      engine->reading (engine->reading_data, 0.5);
      g_usleep (1000);
    }
  while (g_atomic_int_get (&self->lab->load_hangs) && !g_cancellable_is_cancelled (cancellable));
  engine->reading (engine->reading_data, -1);
  self->loaded = !g_cancellable_set_error_if_cancelled (cancellable, error);
  if (!self->loaded)
    g_atomic_int_inc (&self->lab->n_loads_cancelled);
  return self->loaded;
}

static gboolean
warm_up (LimnEngine *engine, const LimnRequest *request, gboolean guided, GCancellable *cancellable, GError **error)
{
  StubEngine *self = (StubEngine *) engine;

  g_assert_false (self->lost);
  g_assert_true (g_thread_self () == self->lab->thread);
  g_assert_cmpuint (request->open, ==, 0);
  g_atomic_int_inc (&self->lab->n_warm_ups);
  while (g_atomic_int_get (&self->lab->warm_up_hangs) && !g_cancellable_is_cancelled (cancellable))
    g_usleep (1000);
  if (!g_cancellable_set_error_if_cancelled (cancellable, error))
    return TRUE;
  g_atomic_int_inc (&self->lab->n_warm_ups_cancelled);
  return FALSE;
}

static void
predict (guint width, guint height, const float *x, double timestep, guint prompt, float *out)
{
  float bias = (prompt % 1009) / 1009.0f - 0.5f;

  for (guint c = 0; c < 4; c++)
    for (guint i = 0; i < height; i++)
      for (guint j = 0; j < width; j++)
        {
          const float *plane = x + c * width * height;
          float here = plane[i * width + j];
          float left = plane[i * width + (j > 0 ? j - 1 : j)];
          float up = plane[(i > 0 ? i - 1 : i) * width + j];

          out[(c * height + i) * width + j] = 0.8f * here + 0.15f * sinf (3 * left + bias) - 0.1f * up * bias +
                                              (float) (timestep / 5000);
        }
}

static gboolean
denoise (LimnEngine *engine, guint width, guint height, guint step, const float *x, double timestep, float *cond, float *uncond,
         GCancellable *cancellable, GError **error)
{
  StubEngine *self = (StubEngine *) engine;

  if (self->lab->gate)
    g_async_queue_pop (self->lab->gate);
  if (!enter (self, cancellable, error))
    return FALSE;
  predict (width, height, x, timestep, wrap (hash_text (self->said, FALSE, step, self->n_steps)), cond);
  if (uncond)
    {
      g_assert_true (self->has_uncond);
      predict (width, height, x, timestep, wrap (hash_text (self->said, TRUE, step, self->n_steps)), uncond);
    }
  return TRUE;
}

static LimnImage *
decode (LimnEngine *engine, guint width, guint height, const float *x, GCancellable *cancellable, GError **error)
{
  StubEngine *self = (StubEngine *) engine;
  guint8 *pixels;

  if (!enter (self, cancellable, error))
    return NULL;
  if (self->lab->decode_us)
    g_usleep (self->lab->decode_us);
  if (g_atomic_int_get (&self->lab->decode_hangs))
    {
      g_atomic_int_inc (&self->lab->n_hung);
      while (g_atomic_int_get (&self->lab->decode_hangs) && !g_cancellable_is_cancelled (cancellable))
        g_usleep (1000);
      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return NULL;
    }
  self->lab->n_decodes++;
  pixels = g_malloc ((gsize) width * height * 64 * 4);
  for (guint y = 0; y < height * 8; y++)
    for (guint col = 0; col < width * 8; col++)
      for (guint c = 0; c < 4; c++)
        pixels[(y * width * 8 + col) * 4 + c] =
          c == 3 ? 255 : (guint8) (127.5f + 127 * tanhf (x[(c * height + y / 8) * width + col / 8] + (y % 8) / 100.0f));
  return limn_image_new_take (LIMN_PIXEL_RGBA8, width * 8, height * 8, pixels, error);
}

/* The mean colour of each cell, and in the last channel its upper left pixel. */
static gboolean
encode (LimnEngine *engine, guint width, guint height, const float *rgb, float *x, GCancellable *cancellable, GError **error)
{
  StubEngine *self = (StubEngine *) engine;

  if (!enter (self, cancellable, error))
    return FALSE;
  self->lab->n_encodes++;
  for (guint c = 0; c < 4; c++)
    for (guint i = 0; i < height; i++)
      for (guint j = 0; j < width; j++)
        {
          const float *cell = rgb + ((gsize) MIN (c, 2) * height * 8 + i * 8) * width * 8 + j * 8;
          float sum = 0;

          for (guint k = 0; k < 64; k++)
            sum += cell[(gsize) (k / 8) * width * 8 + k % 8];
          x[((gsize) c * height + i) * width + j] = c == 3 ? cell[0] : sum / 64;
        }
  return TRUE;
}

static char *
hash_model (LimnEngine *engine, GCancellable *cancellable, GError **error)
{
  StubEngine *self = (StubEngine *) engine;

  while (self->lab->hash_hangs && !g_cancellable_is_cancelled (cancellable))
    g_usleep (1000);
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return NULL;
  return g_strdup ("{\"unet/stub.safetensors\":\"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\"}");
}

static gboolean
idle (LimnEngine *engine, GCancellable *cancellable, gboolean *more, GError **error)
{
  StubEngine *self = (StubEngine *) engine;
  StubLab *lab = self->lab;

  g_assert_false (self->lost);
  g_assert_true (g_thread_self () == lab->thread);
  g_atomic_int_inc (&lab->n_idle);
  do
    g_usleep (1000);
  while (lab->idle_hangs && !g_cancellable_is_cancelled (cancellable));
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    {
      g_atomic_int_inc (&lab->n_idle_cancelled);
      return FALSE;
    }
  if (lab->idle_loses)
    {
      lab->idle_loses = FALSE;
      self->lost = TRUE;
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_DEVICE_LOST, "The graphics device was reset.");
      return FALSE;
    }
  *more = !g_atomic_int_dec_and_test (&lab->idle_pieces);
  return TRUE;
}

static void
stub_engine_free (LimnEngine *engine)
{
  StubEngine *self = (StubEngine *) engine;

  g_assert_true (g_thread_self () == self->lab->thread);
  g_atomic_int_dec_and_test (&self->lab->alive);
  limn_request_free (self->said);
  g_free (self);
}

LimnEngine *
stub_engine_open (gpointer data, const LimnRequest *request, GCancellable *cancellable, GError **error)
{
  StubLab *lab = data;
  StubEngine *self;

  if (g_strcmp0 (request->model, "missing") == 0)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "There is no such model.");
      return NULL;
    }
  if (lab->damaged)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "The file of this model was cut.");
      return NULL;
    }
  if (!lab->thread)
    lab->thread = g_thread_self ();
  g_assert_true (g_thread_self () == lab->thread);
  g_atomic_int_inc (&lab->opened);
  g_atomic_int_inc (&lab->alive);
  /* One model at a time, or two would not fit. */
  g_assert_cmpint (g_atomic_int_get (&lab->alive), ==, 1);

  self = g_new0 (StubEngine, 1);
  self->lab = lab;
  self->engine = (LimnEngine){
    .facts = {
      .model_name = "stub",
      .family = "stub family",
      .weight_bytes = 1234,
      .n_channels = 4,
      .n_inputs = 4,
      .n_predictions = 4,
      .factor = 8,
      .multiple = 16,
      .width = 64,
      .height = 48,
      .steps = 6,
      .cfg = 4,
      .sampler = LIMN_SAMPLER_DDIM,
      .device = "stub device",
      .driver = "stub driver 1",
      .software = TRUE,
    },
    .load = load,
    .get_need = get_need,
    .set_prompts = set_prompts,
    .warm_up = warm_up,
    .denoise = denoise,
    .decode = decode,
    .encode = encode,
    .hash_model = hash_model,
    .free = stub_engine_free,
  };
  if (lab->idle_pieces > 0)
    self->engine.idle = idle;
  limn_scheduler_config_init (&self->engine.facts.scheduler);
  /* One that only some samplers can use; it can be looked at, not painted with. */
  if (g_strcmp0 (request->model, "learned") == 0)
    self->engine.facts.scheduler.variance_type = LIMN_VARIANCE_LEARNED_RANGE;
  return &self->engine;
}
