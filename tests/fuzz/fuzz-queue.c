/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is kept between two starts. The first byte says which: the queue, the estimates, or the prompt that becomes a file's name. */
#include "config.h"

#include "session/limn-estimates.h"
#include "session/limn-picture-name.h"
#include "session/limn-queue-file.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data,
                            size_t         size);

static void
demand (gboolean condition)
{
  if (!condition)
    g_abort ();
}

static void
try_queue (GBytes *bytes)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnQueueFile) file = limn_queue_file_parse (bytes, &error);

  demand ((file == NULL) == (error != NULL));
  if (error)
    demand (g_utf8_validate (error->message, -1, NULL));
  for (guint i = 0; file && i < file->jobs->len; i++)
    {
      const LimnKeptJob *job = g_ptr_array_index (file->jobs, i);

      g_autofree char *json = limn_request_to_json (job->request);
      g_autoptr(LimnRequest) again = limn_request_new_from_json (json, "again", NULL);

      /* What is read is written as it was read: it goes into the queue again. */
      demand (again && limn_request_equal (job->request, again));
      demand (limn_request_check (job->request, NULL) && g_uuid_string_is_valid (job->id) && !strchr (job->name, '/'));
      demand (job->next <= job->n_pictures && job->unsaved->len <= job->next);
      for (guint j = 0; j < job->unsaved->len; j++)
        demand (g_array_index (job->unsaved, guint, j) < job->next);
    }
}

/* What is taken is written as it was taken. */
static void
try_estimates (GBytes *bytes)
{
  g_autoptr(LimnEstimates) estimates = limn_estimates_new ();
  g_autoptr(LimnEstimates) again = limn_estimates_new ();
  g_autofree char *json = NULL;
  g_autoptr(GBytes) written = NULL;
  g_autoptr(LimnRequest) request = limn_request_new ();

  limn_estimates_load (estimates, bytes);
  json = limn_estimates_to_json (estimates);
  written = g_bytes_new_static (json, strlen (json));
  limn_estimates_load (again, written);
  demand (limn_estimates_get (estimates, request, G_MAXUINT, 0) == limn_estimates_get (again, request, G_MAXUINT, 0));
}

static void
try_name (const char *prompt)
{
  g_autofree char *name = limn_picture_name_new (NULL, prompt);

  demand (*name != '\0' && *name != '.' && strlen (name) <= LIMN_PICTURE_NAME_MAX_BYTES && g_utf8_validate (name, -1, NULL));
  demand (strpbrk (name, "/\\:*?\"<>|\n\r\t") == NULL);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autoptr(GBytes) bytes = NULL;
  g_autofree char *text = NULL;

  if (size == 0)
    return 0;
  bytes = g_bytes_new (data + 1, size - 1);
  switch (data[0] % 3)
    {
    case 0:
      try_queue (bytes);
      break;
    case 1:
      try_estimates (bytes);
      break;
    default:
      text = g_strndup ((const char *) data + 1, size - 1);
      try_name (text);
      break;
    }
  return 0;
}
