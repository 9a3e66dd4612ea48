/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/limn-session.h"

G_BEGIN_DECLS

/**
 * LimnDeviceName:
 * @id: what LimnRequest.device takes: the name, or the number where two devices have the same name
 * @name: as the driver gives it
 * @driver: its version
 * @software: it is the processor
 * @memory_bytes: 0: the driver does not tell
 *
 * A device as a person chooses it. Immutable.
 */
typedef struct
{
  char     *id;
  char     *name;
  char     *driver;
  gboolean  software;
  guint64   memory_bytes;
} LimnDeviceName;

void       limn_device_name_free      (LimnDeviceName      *device);

/**
 * limn_devices_list_async:
 *
 * What could paint, the preferred first. Opens each device for a moment, up to a second, on a thread of its own, for the end of which
 * @session waits before it closes. Fails with LIMN_ERROR_NO_GPU, saying what was found.
 *
 * limn_devices_list_finish: Returns: (transfer full) (element-type LimnDeviceName)
 */
void       limn_devices_list_async    (LimnSession         *session,
                                       GCancellable        *cancellable,
                                       GAsyncReadyCallback  callback,
                                       gpointer             data);
GPtrArray *limn_devices_list_finish   (GAsyncResult        *result,
                                       GError             **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnDeviceName, limn_device_name_free)

G_END_DECLS
