/** How the names of spare backends begin. Names of pools have `_svc_` in that place. */
export const sparePrefix = 'signalbox_spare_';

/** How the names begin of servers that stand ready for endpoints to come. No endpoint has such a name. @public */
export const slotPrefix = 'signalbox_slot_';
