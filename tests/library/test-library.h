/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* One binary, a file of tests for each header. */
void add_file_notes_tests (void);
void add_keeper_tests (void);
void add_picture_index_tests (void);
void add_steps_limit_tests (void);
void add_picture_family_tests (void);
void add_stash_tests (void);
void add_thumbnails_tests (void);
void add_trajectory_tests (void);
