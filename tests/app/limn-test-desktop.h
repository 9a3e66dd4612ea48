/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

/**
 * LimnTestDesktop:
 *
 * What a desktop offers on the session bus and a bare bus does not: somebody who shows notifications. He writes them down.
 */
typedef struct _LimnTestDesktop LimnTestDesktop;

/**
 * limn_test_desktop_get:
 *
 * Returns when he is known on the bus, where he stays until the process ends: GLib 2.74 recurses without end when who shows notifications
 * goes away after the application has.
 *
 * Returns: (transfer none)
 */
LimnTestDesktop *limn_test_desktop_get                 (void);

/** limn_test_desktop_count_notifications: since it began. */
guint            limn_test_desktop_count_notifications (LimnTestDesktop *desktop);
