/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/limn-pass.h"

void
limn_pass_free (LimnPass *pass)
{
  if (!pass)
    return;
  limn_graph_free (pass->graph);
  for (gsize i = 0; i < G_N_ELEMENTS (pass->io); i++)
    if (!pass->dry)
      limn_tensor_free (pass->io[i]);
  if (pass->context)
    pass->context_unref (pass->context);
  g_free (pass);
}

LimnGraph *
limn_pass_begin (LimnPass   *pass,
                 LimnGl     *gl,
                 LimnArena  *arena,
                 const char *label)
{
  pass->graph = limn_graph_new (gl, arena, label);
  if (pass->dry)
    limn_graph_set_dry (pass->graph);
  return pass->graph;
}

gboolean
limn_pass_edge (LimnPass    *pass,
                guint        place,
                LimnDtype    dtype,
                guint        n,
                guint        h,
                guint        w,
                guint        c,
                const char  *label,
                GError     **error)
{
  LimnTensor *tensor;

  if (pass->dry)
    tensor = limn_graph_tensor (pass->graph, dtype, n, h, w, c);
  else
    tensor = limn_tensor_new (limn_graph_get_gl (pass->graph), dtype, n, h, w, c, label, error);
  pass->io[place] = tensor;
  if (!tensor)
    return FALSE;
  pass->io_bytes += limn_tensor_count_bytes (tensor);
  return TRUE;
}

void
limn_pass_get_need (const LimnPass *pass,
                    LimnPassNeed   *need)
{
  need->peak_bytes = limn_graph_get_peak_bytes (pass->graph);
  need->edge_bytes = pass->io_bytes + limn_graph_get_params_bytes (pass->graph);
  need->kept = limn_graph_list_kept (pass->graph);
  need->slabs = pass->slabs;
  /* F(4x4, 3x3) multiplies 36 times for 16 pixels of 9 taps each: a quarter. */
  need->flops = limn_graph_get_flops (pass->graph) + 3 * limn_graph_get_label_flops (pass->graph, "winograd product");
}

void
limn_pass_need_clear (LimnPassNeed *need)
{
  g_clear_pointer (&need->kept, g_array_unref);
}

LimnPass *
limn_pass_cache_find (LimnPassCache *cache,
                      guint          key0,
                      guint          key1,
                      guint          key2,
                      guint          key3)
{
  for (gsize i = 0; i < LIMN_PASS_CACHE_MAX; i++)
    {
      LimnPass *pass = cache->passes[i];

      if (pass && pass->key[0] == key0 && pass->key[1] == key1 && pass->key[2] == key2 && pass->key[3] == key3)
        {
          pass->last_used = ++cache->clock;
          return pass;
        }
    }
  return NULL;
}

void
limn_pass_cache_add (LimnPassCache *cache,
                     LimnPass      *pass)
{
  gsize place = 0;

  for (gsize i = 0; i < LIMN_PASS_CACHE_MAX; i++)
    {
      if (!cache->passes[i])
        {
          place = i;
          break;
        }
      if (cache->passes[i]->last_used < cache->passes[place]->last_used)
        place = i;
    }
  limn_pass_free (cache->passes[place]);
  pass->last_used = ++cache->clock;
  cache->passes[place] = pass;
}

void
limn_pass_cache_remove (LimnPassCache *cache,
                        LimnPass      *pass)
{
  for (gsize i = 0; i < LIMN_PASS_CACHE_MAX; i++)
    if (cache->passes[i] == pass)
      g_clear_pointer (&cache->passes[i], limn_pass_free);
}

void
limn_pass_cache_clear (LimnPassCache *cache)
{
  for (gsize i = 0; i < LIMN_PASS_CACHE_MAX; i++)
    g_clear_pointer (&cache->passes[i], limn_pass_free);
}
