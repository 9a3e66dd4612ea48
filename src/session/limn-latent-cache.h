/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * LimnLatentCache:
 *
 * Latents of pictures that were encoded lately, each under a text that says all it was made of: a hand that moves between four pictures encodes
 * each once. The longest unused go when they are more than LIMN_LATENT_CACHE_BYTES; one stays always.
 *
 * Counted by reference. Thread-safety: owner thread.
 */
typedef struct _LimnLatentCache LimnLatentCache;

/* 500 pictures of 1024x1024. */
#define LIMN_LATENT_CACHE_BYTES (128 * 1024 * 1024)

LimnLatentCache *limn_latent_cache_new   (void);
LimnLatentCache *limn_latent_cache_ref   (LimnLatentCache *cache);
void             limn_latent_cache_unref (LimnLatentCache *cache);

/** limn_latent_cache_get: (transfer full) (nullable): floats. */
GBytes          *limn_latent_cache_get   (LimnLatentCache *cache,
                                          const char      *key);

/** limn_latent_cache_add: a reference to @latent is taken; what was under @key goes. */
void             limn_latent_cache_add   (LimnLatentCache *cache,
                                          const char      *key,
                                          GBytes          *latent);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnLatentCache, limn_latent_cache_unref)

G_END_DECLS
