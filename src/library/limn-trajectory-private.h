/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "library/limn-trajectory.h"

G_BEGIN_DECLS

/* A trajectory in two files: what it is (limn-trajectory.c), and how it is written and read (limn-trajectory-file.c). */

/* Where an array of a state is; the numbers stand in files. */
typedef enum
{
  LIMN_TRAJECTORY_LATENTS = 0,
  LIMN_TRAJECTORY_DENOISED = 1,
  LIMN_TRAJECTORY_POOL = 2, /* the one of its length */
} LimnTrajectorySource;

typedef struct
{
  const char          *name; /* of limn_trajectory_intern() */
  LimnTrajectorySource source;
  gsize                length;
  guint                row;
} LimnTrajectoryRef;

/* Arrays of one length, one after the other, each once. */
typedef struct
{
  gsize   length;
  GArray *values; /* of double */
} LimnTrajectoryPool;

struct _LimnTrajectory
{
  char       *request;
  char       *origin;    /* (nullable) */
  guint       channels;
  guint       height;
  guint       width;
  gsize       n_cells;   /* doubles of one latent */
  GArray     *latents;   /* of double, as are the others */
  GArray     *denoised;
  GArray     *sigmas;
  GArray     *timesteps;

  GPtrArray  *pools;     /* of LimnTrajectoryPool, none of length 0 */
  GPtrArray  *names;     /* of char * */
  GPtrArray  *states;    /* step -> GArray of LimnTrajectoryRef, or NULL */

  GHashTable *history;   /* name -> GArray of double: the state at hand */
  gboolean    is_ahead;  /* it has changed since it was kept */
};

LimnTrajectory     *limn_trajectory_new_empty     (const char           *request_json,
                                                   guint                 channels,
                                                   guint                 height,
                                                   guint                 width);
gboolean            limn_trajectory_name_is_valid (const char           *name);

void                limn_trajectory_pool_free     (gpointer              pool);
/** limn_trajectory_find_pool: NULL where there is none. */
LimnTrajectoryPool *limn_trajectory_find_pool     (const LimnTrajectory *trajectory,
                                                   gsize                 length);
LimnTrajectoryPool *limn_trajectory_add_pool      (LimnTrajectory       *trajectory,
                                                   gsize                 length);
const char         *limn_trajectory_intern        (LimnTrajectory       *trajectory,
                                                   const char           *name);
/** limn_trajectory_set_refs: @refs: (transfer full) (nullable) */
void                limn_trajectory_set_refs      (LimnTrajectory       *trajectory,
                                                   guint                 step,
                                                   GArray               *refs);
/** limn_trajectory_take_up_state: what is kept of @step is the state at hand. */
void                limn_trajectory_take_up_state (LimnTrajectory       *trajectory,
                                                   guint                 step);

G_END_DECLS
