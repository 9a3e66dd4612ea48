/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/limn-request.h"

void test_request_add    (void);
void test_request_lora_add (void);
void test_branch_add     (void);
void test_chain_add      (void);
void test_change_add     (void);
void test_control_add    (void);
void test_sheet_add      (void);
void test_branching_add  (void);
void test_branching_turns_add (void);
void test_economy_add    (void);
void test_steering_add   (void);
void test_source_add     (void);
void test_generation_add (void);
void test_painting_add   (void);
void test_queue_add      (void);
void test_idle_add       (void);
void test_recipe_add     (void);
void test_embedded_add   (void);
void test_picture_name_add (void);
void test_job_queue_add  (void);
void test_job_queue_restore_add (void);
void test_job_queue_sheet_add (void);
void test_import_add     (void);
void test_errands_add    (void);
void test_reel_add       (void);
void test_draft_add      (void);
void test_choices_add    (void);
void test_engine_add     (void);
void test_sequence_add   (void);
void test_start_noise_add (void);
void test_mix_add        (void);
void test_sketch_add     (void);
void test_picture_mix_add (void);
void test_resources_add  (void);
void test_model_scan_add (void);
void test_model_library_add (void);

/* A request with nothing left to chance or to the model, different for each call. @rand decides. */
LimnRequest *test_random_request (GRand *rand);

/** test_branch_of: a copy of @from that parts from it after @step and changes nothing. (transfer full) */
LimnRequest *test_branch_of (const LimnRequest *from, guint step);

/** test_mix_of: a copy of @own between @n_ends others with prompts and seeds of their own. (transfer full) */
LimnRequest *test_mix_of (const LimnRequest *own, LimnMixWay way, guint n_ends, double u, double v);
