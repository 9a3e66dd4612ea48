/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "library/limn-stash.h"
#include "session/limn-generation.h"
#include "stub-engine.h"

/* Pictures that part from others, painted by the stub engine and compared to the bit. */

#define BRANCHING_N_SCHEDULES 4
extern const LimnScheduleKind branching_schedules[BRANCHING_N_SCHEDULES];

/* One engine for all of a test. */
typedef struct
{
  StubLab     lab;
  LimnEngine *engine;
  LimnStash  *stash;
} Bench;

void            bench_init                 (Bench              *bench);
void            bench_clear                (Bench              *bench);

/** bench_begin: @file: (nullable): kept latents to set out from. */
LimnGeneration *bench_begin                (Bench              *bench,
                                            const LimnRequest  *request,
                                            GBytes             *file);

/* All that no way may change, and what it took. */
typedef struct
{
  char      *pixels;
  GPtrArray *hashes; /* of x_T and after each step */
  GBytes    *file;
  LimnImage *picture;
  guint      n_computed;
} Painted;

/** painted_new: paints the rest of @generation. */
Painted        *painted_new                (LimnGeneration     *generation);
void            painted_free               (Painted            *painted);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Painted, painted_free)

/** bench_paint: @file: (nullable): as for bench_begin(). */
Painted        *bench_paint                (Bench              *bench,
                                            const LimnRequest  *request,
                                            GBytes             *file);

guint           painted_count_steps        (const Painted      *painted);
void            painted_assert_same        (const Painted      *a,
                                            const Painted      *b);
/** painted_assert_parts_at: the first @n_shared steps, and no more. */
void            painted_assert_parts_at    (const Painted      *a,
                                            const Painted      *b,
                                            guint               n_shared);

/** branching_request_new: a small picture of six steps. */
LimnRequest    *branching_request_new      (LimnSamplerKind     sampler,
                                            LimnScheduleKind    schedule);
LimnRequest    *branching_branch_new       (const LimnRequest  *from,
                                            guint               step);
/** branching_change_at_random: something that a branch may have of its own. */
void            branching_change_at_random (LimnRequest        *request,
                                            GRand              *rand);
