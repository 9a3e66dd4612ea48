/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/limn-generation.h"

#include "diffusion/limn-inpaint.h"
#include "session/limn-segment.h"
#include "session/limn-work.h"

G_BEGIN_DECLS

/* The generation in three files: the loop (limn-generation.c), what a source is to the network (limn-generation-source.c), and how it is kept
 * and gone on with (limn-generation-keep.c). What can be said beforehand is in limn-generation-check.c. */

/* What the same work took, time after time. The first time compiles kernels, for seconds in software: it counts like the
 * shortest. */
typedef struct
{
  guint  n;
  double least;
  double rest; /* all but the first */
} Meter;

/* A sampler in the segment whose steps it does. */
typedef struct
{
  guint        segment;
  LimnSampler *sampler; /* (nullable): NULL: none */
  LimnNoise   *noise;   /* (nullable): a stream that begins with it; NULL: it draws from the generation's */
} LimnStage;

struct _LimnGeneration
{
  LimnRequest       *request;   /* with all its branches */
  char              *origin;
  guint              n_channels;
  guint              n_inputs;
  guint              n_predictions;
  LimnVariance       variance;
  gsize              n_cells;
  gsize              n;
  LimnWork          *work;
  const LimnSegmentFuncs *funcs;
  gpointer           funcs_data;

  GPtrArray         *segments;
  LimnNoise         *noise;     /* that the last step drew from */
  LimnStage          stage;     /* what did the last step */
  LimnStage          next;      /* what the next one is tried with, where that is another */
  double            *first;     /* n: the noise that it begins with */
  gboolean           begun;
  LimnTrajectory    *trajectory;
  GArray            *fingerprints;
  LimnImage         *picture;
  guint              n_computed;

  /* What is held at present, and for what. */
  LimnInpaint       *inpaint;   /* (nullable) */
  LimnSource        *held_source;
  LimnPictureMix    *held_pictures;
  guint              held_all;
  guint              held_last;

  LimnEngine        *engine;
  gboolean           prepared;
  const LimnSegment *prompts;     /* (nullable): whose the engine has */
  guint              frames_done; /* steps whose frame was made, or was not wanted */
  double             timestep;    /* of the last step */
  double             denoise_seconds;
  double             max_slowdown;
  gboolean           half_picture;
  char              *small_decoder; /* (nullable): for previews; NULL after it has failed */
  gboolean           last_frame_only; /* LIMN_PLAN_ALONE: each preview would cost the UNet */
  Meter              denoising;
  Meter              decoding;

  /* Of the running call, for the callback. */
  const LimnSegment *now;
  GCancellable      *cancellable;
  gboolean           asked;     /* the network was */
  gboolean          *active;    /* n_cells */
  float             *x;         /* n_inputs cells: x, and for a model for inpainting mask and masked latent */
  gboolean           has_inputs; /* these two are there, */
  LimnSource        *inputs_source; /* (nullable): of this */
  float             *cond;      /* n_predictions cells */
  float             *uncond;
  double            *cond_double;
  double            *uncond_double;
};

/* limn-generation.c */

const LimnSegment *limn_generation_get_segment      (const LimnGeneration *generation,
                                                     guint                 i);
void               limn_generation_take_fingerprint (LimnGeneration       *generation,
                                                     const double         *x);
/** limn_generation_enter: a sampler of segment @i, not begun, and the stream that it draws from where that begins after the present stage. */
void               limn_generation_enter            (LimnGeneration       *generation,
                                                     guint                 i,
                                                     LimnStage            *stage);
void               limn_generation_leave            (LimnStage            *stage);
/** limn_generation_take_stage: takes @stage, which is the present one from here on. */
void               limn_generation_take_stage       (LimnGeneration       *generation,
                                                     LimnStage            *stage);
/** limn_generation_begin: x_T, and the trajectory; with a source once the first segment's is taken. */
void               limn_generation_begin            (LimnGeneration       *generation);
/** limn_generation_unbegin: as if it had never begun. */
void               limn_generation_unbegin          (LimnGeneration       *generation);
LimnStep          *limn_generation_new_step         (const LimnGeneration *generation,
                                                     guint                 n,
                                                     double                sigma,
                                                     const double         *x,
                                                     const double         *denoised);

/* limn-generation-source.c */

/** limn_generation_needs_held: whether any cell of @segment is held in any step. */
gboolean           limn_generation_needs_held       (const LimnGeneration *generation,
                                                     const LimnSegment    *segment);
/** limn_generation_needs_encoder: whether something of @segment's source is still to be encoded. */
gboolean           limn_generation_needs_encoder    (const LimnGeneration *generation,
                                                     const LimnSegment    *segment);
/** limn_generation_hold: @held: (nullable): from here on, as @segment says; where it starts from nothing, nothing. */
void               limn_generation_hold             (LimnGeneration       *generation,
                                                     const LimnSegment    *segment,
                                                     const double         *held);
void               limn_generation_release          (LimnGeneration       *generation);
/** limn_generation_take_source: encodes of @segment's source what is not there yet: what is held, and what a model for inpainting sees. */
gboolean           limn_generation_take_source      (LimnGeneration       *generation,
                                                     const LimnSegment    *segment,
                                                     GCancellable         *cancellable,
                                                     GError              **error);

/* limn-generation-keep.c */

/** limn_generation_keep_state: after each step. */
void               limn_generation_keep_state       (LimnGeneration       *generation);
/** limn_generation_keep_request: it was steered. */
void               limn_generation_keep_request     (LimnGeneration       *generation);

G_END_DECLS
