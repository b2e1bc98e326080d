/** How the names of spare backends begin. Names of pools have `_svc_` in that place. */
export const sparePrefix = 'signalbox_spare_';
