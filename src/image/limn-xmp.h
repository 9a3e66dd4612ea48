/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** LIMN_XMP_MAX_RATING: five stars; 0 is "not rated", -1 "rejected". Source: XMP specification part 1, 8.4, xmp:Rating. */
#define LIMN_XMP_MAX_RATING 5

/**
 * limn_xmp_get_rating:
 * @packet: (nullable): an XMP packet; any text is tolerated
 *
 * The xmp:Rating of the picture itself (not that of an ingredient or an earlier version), -1 to 5; 0 where there is none
 * that can be understood. Takes time proportional to the length. Any thread.
 */
int      limn_xmp_get_rating (const char  *packet);

/**
 * limn_xmp_set_rating:
 * @packet: (nullable): an XMP packet
 * @rating: -1 to 5; 0 takes the rating away
 * @result: (out) (nullable) (transfer full): the packet with that rating, NULL where none is needed any more
 *
 * The packet of another program stays what it is, byte for byte, but for the rating. What holds nothing but a
 * rating of Limn's own goes as a whole with it.
 *
 * Fails with LIMN_ERROR_FORMAT where @packet is no XML with an rdf:RDF in it: it is then better left alone.
 * Any thread.
 */
gboolean limn_xmp_set_rating (const char  *packet,
                              int          rating,
                              char       **result,
                              GError     **error);

G_END_DECLS
