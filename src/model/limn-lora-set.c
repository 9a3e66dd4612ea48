/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A layer's difference is a product of two thin matrices: 2 r operations for each weight, against one read from the disk. For all attention and
 * feed-forward layers of SDXL and rank 64 that is 3e11, half a minute on two old cores; so: threads over rows, columns in blocks whose part of the
 * factors stays in the cache, four ranks a turn. */
#include "config.h"

#include "model/limn-lora-set.h"

#include <string.h>

/* One LoRA's part in one matrix. */
typedef struct
{
  LimnLora            *lora; /* borrowed from the set */
  const LimnLoraLayer *layer;
  guint                first; /* row of up that is the matrix's first */
  double               scale;
} Patch;

struct _LimnLoraSet
{
  const LimnLoraTargets *targets;
  GPtrArray             *loras;
  GHashTable            *patches; /* "network name" -> GArray of Patch */
  GString               *text_key;
};

LimnLoraSet *
limn_lora_set_new (const LimnLoraTargets *targets)
{
  LimnLoraSet *set = g_new0 (LimnLoraSet, 1);

  set->targets = targets;
  set->loras = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_lora_unref);
  set->patches = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_array_unref);
  set->text_key = g_string_new (NULL);
  return set;
}

void
limn_lora_set_free (LimnLoraSet *set)
{
  if (!set)
    return;
  g_hash_table_unref (set->patches);
  g_ptr_array_unref (set->loras);
  g_string_free (set->text_key, TRUE);
  g_free (set);
}

static char *
dup_place (LimnLoraTarget network, const char *name)
{
  return g_strdup_printf ("%d %s", network, name);
}

static void
add_patch (LimnLoraSet *set, const LimnLoraMatrix *matrix, const Patch *patch)
{
  g_autofree char *place = dup_place (matrix->network, matrix->name);
  GArray *patches = g_hash_table_lookup (set->patches, place);

  if (!patches)
    {
      patches = g_array_new (FALSE, FALSE, sizeof (Patch));
      g_hash_table_insert (set->patches, g_steal_pointer (&place), patches);
    }
  g_array_append_vals (patches, patch, 1);
}

void
limn_lora_set_add (LimnLoraSet *set, LimnLora *lora, double strength, double text_strength, LimnLoraFit *fit)
{
  guint n = limn_lora_get_n_layers (lora), n_fit = 0;
  gboolean texts = FALSE;

  g_ptr_array_add (set->loras, limn_lora_ref (lora));
  for (guint i = 0; i < n; i++)
    {
      const LimnLoraLayer *layer = limn_lora_get_layer (lora, i);
      const GArray *matches = limn_lora_targets_find (set->targets, layer);
      gboolean fits = matches != NULL;

      for (guint j = 0; fits && j < matches->len; j++)
        fits = limn_lora_match_fits (&g_array_index (matches, LimnLoraMatch, j), layer);
      n_fit += fits;
      for (guint j = 0; fits && j < matches->len; j++)
        {
          const LimnLoraMatch *match = &g_array_index (matches, LimnLoraMatch, j);
          Patch patch = { lora, layer, match->first, layer->scale * (match->matrix->network == LIMN_LORA_UNET ? strength : text_strength) };

          if (patch.scale == 0)
            continue;
          add_patch (set, match->matrix, &patch);
          texts = texts || match->matrix->network != LIMN_LORA_UNET;
        }
    }
  if (texts)
    g_string_append_printf (set->text_key, "%p %a;", (void *) lora, text_strength);
  if (fit)
    *fit = (LimnLoraFit) {
      .name = limn_lora_get_name (lora),
      .n_layers = n + limn_lora_get_n_foreign (lora),
      .n_fit = n_fit,
      .context_width = limn_lora_get_context_width (lora),
      .model_context_width = limn_lora_targets_get_context_width (set->targets),
    };
}

static const GArray *
find_patches (const LimnLoraSet *set, LimnLoraTarget network, const char *name)
{
  g_autofree char *place = dup_place (network, name);

  return g_hash_table_lookup (set->patches, place);
}

char *
limn_lora_set_dup_key (const LimnLoraSet *set, LimnLoraTarget network, const char *const *names, guint n)
{
  GString *key = g_string_new (NULL);
  gboolean any = FALSE;

  for (guint i = 0; i < n; i++)
    {
      const GArray *patches = find_patches (set, network, names[i]);

      for (guint j = 0; patches && j < patches->len; j++)
        {
          const Patch *patch = &g_array_index (patches, Patch, j);

          g_string_append_printf (key, "%p %p %u %a;", (void *) patch->lora, (const void *) patch->layer, patch->first, patch->scale);
          any = TRUE;
        }
      g_string_append_c (key, '\n');
    }
  return g_string_free (key, !any);
}

const char *
limn_lora_set_get_text_key (const LimnLoraSet *set)
{
  return set->text_key->str;
}

/* --- The sum --- */

/* Columns that are done at a time: with 64 ranks 128 KiB of a factor, which second-level caches hold. */
#define BLOCK 512

/* Multiplications that are worth a thread: its start takes some 20 us, in which one does about this many. */
#define THREAD_WORK (1u << 18)

/* Four floats that the compiler keeps in a register of any processor. */
typedef float Four __attribute__ ((vector_size (16), aligned (4), may_alias));

typedef struct
{
  guint  rank;
  float *up;   /* [count, rank], scaled */
  float *down; /* [rank, row_values] */
} Factors;

typedef struct
{
  const Factors *factors;
  guint          n_factors;
  guint          row_values;
  guint          first;
  guint          count;
  float         *values;
} Job;

/* sum[0..n) += up[0] down[0][..] + up[1] down[1][..] + …, of @n_ranks rows of @pitch values */
static void
add_ranks (float *sum, guint n, const float *up, const float *down, guint n_ranks, gsize pitch)
{
  guint rank = 0;

  for (; rank + 4 <= n_ranks; rank += 4)
    {
      const float *d0 = down + rank * pitch, *d1 = d0 + pitch, *d2 = d1 + pitch, *d3 = d2 + pitch;
      float u0 = up[rank], u1 = up[rank + 1], u2 = up[rank + 2], u3 = up[rank + 3];
      guint i = 0;

      for (; i + 4 <= n; i += 4)
        *(Four *) (sum + i) += u0 * *(const Four *) (d0 + i) + u1 * *(const Four *) (d1 + i) + u2 * *(const Four *) (d2 + i) +
                               u3 * *(const Four *) (d3 + i);
      for (; i < n; i++)
        sum[i] += u0 * d0[i] + u1 * d1[i] + u2 * d2[i] + u3 * d3[i];
    }
  for (; rank < n_ranks; rank++)
    for (guint i = 0; i < n; i++)
      sum[i] += up[rank] * down[rank * pitch + i];
}

static gpointer
run_job (gpointer data)
{
  const Job *job = data;
  float sum[BLOCK];

  for (guint begin = 0; begin < job->row_values; begin += BLOCK)
    {
      guint n = MIN (BLOCK, job->row_values - begin);

      for (guint row = job->first; row < job->first + job->count; row++)
        {
          float *out = job->values + (gsize) row * job->row_values + begin;

          memset (sum, 0, n * sizeof *sum);
          for (guint i = 0; i < job->n_factors; i++)
            {
              const Factors *f = &job->factors[i];

              add_ranks (sum, n, f->up + (gsize) row * f->rank, f->down + begin, f->rank, job->row_values);
            }
          for (guint i = 0; i < n; i++)
            out[i] += sum[i];
        }
    }
  return NULL;
}

static void
run_jobs (const Factors *factors, guint n_factors, guint row_values, guint count, float *values)
{
  guint ranks = 0, n_threads, step;
  g_autofree Job *jobs = NULL;
  g_autofree GThread **threads = NULL;

  for (guint i = 0; i < n_factors; i++)
    ranks += factors[i].rank;
  n_threads = MIN (g_get_num_processors (), 1 + (guint64) ranks * row_values * count / THREAD_WORK);
  n_threads = MIN (n_threads, count);
  step = (count + n_threads - 1) / n_threads;
  jobs = g_new (Job, n_threads);
  threads = g_new0 (GThread *, n_threads);
  for (guint i = 0; i < n_threads; i++)
    {
      guint first = MIN (i * step, count);

      jobs[i] = (Job) { factors, n_factors, row_values, first, MIN (step, count - first), values };
      /* The last piece is this thread's own; so is one for which there is no other. */
      if (i + 1 < n_threads)
        threads[i] = g_thread_try_new ("limn-lora", run_job, &jobs[i], NULL);
      if (!threads[i])
        run_job (&jobs[i]);
    }
  for (guint i = 0; i < n_threads; i++)
    if (threads[i])
      g_thread_join (threads[i]);
}

static gboolean
read_factors (const Patch *patch, guint row_values, guint first, guint count, Factors *factors, GError **error)
{
  const LimnLoraLayer *layer = patch->layer;
  gsize n = (gsize) count * layer->rank;

  factors->rank = layer->rank;
  factors->up = g_try_new (float, n);
  factors->down = g_try_new (float, (gsize) layer->rank * row_values);
  if (!factors->up || !factors->down)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE, "There is not enough memory to apply “%s”.", limn_lora_get_name (patch->lora));
      return FALSE;
    }
  if (!limn_lora_read_up (patch->lora, layer, patch->first + first, count, factors->up, error) ||
      !limn_lora_read_down (patch->lora, layer, factors->down, error))
    return FALSE;
  for (gsize i = 0; i < n; i++)
    factors->up[i] = (float) (patch->scale * factors->up[i]);
  return TRUE;
}

gboolean
limn_lora_set_apply (const LimnLoraSet *set, LimnLoraTarget network, const char *name, guint row_values, guint first, guint count, float *values,
                     GCancellable *cancellable, GError **error)
{
  const GArray *patches = find_patches (set, network, name);
  g_autofree Factors *factors = NULL;
  gboolean good = TRUE;

  if (!patches || count == 0)
    return TRUE;
  factors = g_new0 (Factors, patches->len);
  for (guint i = 0; good && i < patches->len; i++)
    good = !g_cancellable_set_error_if_cancelled (cancellable, error) &&
           read_factors (&g_array_index (patches, Patch, i), row_values, first, count, &factors[i], error);
  if (good)
    run_jobs (factors, patches->len, row_values, count, values);
  for (guint i = 0; i < patches->len; i++)
    {
      g_free (factors[i].up);
      g_free (factors[i].down);
    }
  return good;
}
