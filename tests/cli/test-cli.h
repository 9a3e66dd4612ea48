/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

/**
 * Run: what a limn-cli did
 * @code: exit status
 * @folder: the empty folder it ran in; removed by run_clear()
 */
typedef struct
{
  int   code;
  char *out;
  char *err;
} Run;

void run_clear (Run *run);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Run, run_clear)

/* The folder in which commands run, made for each test and emptied after it. */
extern char *test_folder;

/* Runs limn-cli with these arguments, the last NULL. */
Run   run_cli       (const char *first, ...) G_GNUC_NULL_TERMINATED;
Run   run_cli_argv  (const char *const *argv);
/* The same with one more variable, and at most so many bytes to each file it writes (0: any number). */
Run   run_cli_full  (const char *const *argv, const char *variable, const char *value, gsize max_file_bytes);

void  assert_code   (const Run *run, int code);
void  assert_says   (const char *text, const char *part);
/* A file in test_folder. */
char *path_to       (const char *name);
/* Names in test_folder, sorted, joined by spaces. */
char *list_folder   (void);
/* SHA-256 of the pixels of a PNG in test_folder. */
char *pixels_of     (const char *name);

void  test_inputs_add   (void);
void  test_generate_add (void);
void  test_verify_add   (void);
void  test_bench_add    (void);
void  test_frames_add   (void);
void  test_queue_add    (void);
void  test_paint_add    (void);
void  test_latents_add  (void);
void  test_control_add  (void);
void  test_lora_add     (void);
