/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "library/limn-stash.h"
#include "session/limn-session.h"

G_BEGIN_DECLS

/**
 * LimnCliExit: what limn-cli ends with; part of its interface, listed in each --help.
 */
typedef enum
{
  LIMN_CLI_OK = 0,
  LIMN_CLI_FAILED = 1,        /* anything without a number of its own */
  LIMN_CLI_USAGE = 2,         /* an option or setting that is wrong or does not fit the others */
  LIMN_CLI_BAD_INPUT = 3,     /* a model or picture that is missing, damaged or not supported */
  LIMN_CLI_NO_DEVICE = 4,     /* no usable OpenGL 4.5 */
  LIMN_CLI_OUT_OF_MEMORY = 5, /* the device has less memory than the picture needs */
  LIMN_CLI_NO_OUTPUT = 6,     /* what was made cannot be written */
  LIMN_CLI_DIFFERENT = 7,     /* verify: not the same picture */
  LIMN_CLI_CANCELLED = 130,   /* SIGINT or SIGTERM */
} LimnCliExit;

/** limn_cli_exit_text: the list of them, for --help. */
extern const char limn_cli_exit_text[];

/* One function a subcommand: argv[0] is its name. Each prints what there is to print and returns a LimnCliExit. */
int limn_cli_generate (int argc, char **argv);
int limn_cli_enlarge  (int argc, char **argv);
int limn_cli_detail   (int argc, char **argv);
int limn_cli_colorize (int argc, char **argv);
int limn_cli_restore  (int argc, char **argv);
int limn_cli_branch   (int argc, char **argv);
int limn_cli_vary     (int argc, char **argv);
int limn_cli_grid     (int argc, char **argv);
int limn_cli_interpolate (int argc, char **argv);
int limn_cli_queue    (int argc, char **argv);
int limn_cli_frames   (int argc, char **argv);
int limn_cli_tokenize (int argc, char **argv);
int limn_cli_info     (int argc, char **argv);
int limn_cli_devices  (int argc, char **argv);
int limn_cli_verify   (int argc, char **argv);
int limn_cli_export   (int argc, char **argv);
int limn_cli_bench    (int argc, char **argv);
int limn_cli_vocabulary (int argc, char **argv);

/** limn_cli_dup_printable: @text from a file of a stranger, its control characters as \\x1b: a terminal would obey them. */
char *limn_cli_dup_printable (const char *text);

/** limn_cli_say: a line on stderr, printable; UTF-8 as it is, whatever the locale. */
void limn_cli_say (const char *format, ...) G_GNUC_PRINTF (1, 2);

/** limn_cli_fail: says @error and gives the code that belongs to it. */
int  limn_cli_fail (const GError *error);

/** limn_cli_usage: says what is wrong with the command line, and where to read more. Returns LIMN_CLI_USAGE. */
int  limn_cli_usage (const char *command, const char *format, ...) G_GNUC_PRINTF (2, 3);

/**
 * limn_cli_parse:
 * @what: of the arguments that are no options, for the first line of --help
 * @summary, @more: paragraphs before and after the list of options; the exit codes follow
 * @n_rest: (out): number of arguments that are no options
 * @rest: (out): these, borrowed from @argv
 *
 * Returns: FALSE after having said what is wrong; prints and ends the program for --help
 */
gboolean limn_cli_parse (const char   *command,
                         const char   *what,
                         const char   *summary,
                         const char   *more,
                         GOptionEntry *entries,
                         int           argc,
                         char        **argv,
                         guint        *n_rest,
                         char       ***rest);

/* Values of options; each says what is wrong with @text under the name of its @option. */
gboolean limn_cli_parse_uint   (const char *option, const char *text, guint64 max, guint64 *value, GError **error);
gboolean limn_cli_parse_double (const char *option, const char *text, double *value, GError **error);
gboolean limn_cli_parse_size   (const char *option, const char *text, guint *width, guint *height, GError **error);

/** limn_cli_session_new: with engines of real models. */
LimnSession *limn_cli_session_new (void);

/** limn_cli_cancel_on_signal: SIGINT and SIGTERM cancel @cancellable; a second one kills. */
void limn_cli_cancel_on_signal (GCancellable *cancellable);

/** limn_cli_check_writable: whether a file could be made at @path, found out by making one beside it; sweeps its folder.
 *  LimnCliExit 6 otherwise. */
gboolean limn_cli_check_writable (const char *path, GError **error);

/** limn_cli_queue_add: puts @request, and what it starts from in @stash, into the queue that is kept in @folder; prints the id of its job. Returns
 *  a LimnCliExit. */
int limn_cli_queue_add (const char *folder, const LimnRequest *request, LimnStash *stash);

/** limn_cli_samplers_text: names of samplers and schedules, for --help. (transfer full) */
char *limn_cli_samplers_text (void);

G_END_DECLS
