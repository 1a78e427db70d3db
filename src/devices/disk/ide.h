/* ide.h - the IDE controller of the PIIX3, function 00:01.1 (Intel 290550), with up to four drives.
 *
 * Two channels in compatibility mode: 1F0h-1F7h and 3F6h on output "irq14", 170h-177h and 376h on
 * output "irq15".  Drives are disks (ATA/ATAPI-6, T13/1410D) or CD-ROMs (the same with MMC-3
 * packets). BAR4 is the bus master (SFF-8038i). */
#ifndef DEVICES_DISK_IDE_H
#define DEVICES_DISK_IDE_H
#include "devices/pci/pci.h"
#include "host/block.h"

extern const struct device_class piix3_ide_class;

/* Puts a drive on channel 0 or 1 as unit 0 or 1, before the first reset.  A CD-ROM drive may be
 * empty (blk NULL).  The block stays the caller's. */
void ide_attach(struct device *ide, unsigned channel, unsigned unit, struct block *blk, bool cdrom);

/* Changes the disc of a CD-ROM drive: NULL takes it out.  The guest sees a unit attention. */
void ide_set_medium(struct device *ide, unsigned channel, unsigned unit, struct block *blk);

/* Called with one sentence when the host fails to read or write an image; the guest sees the
 * command fail. */
void ide_on_host_error(struct device *ide, void (*fn)(void *opaque, const char *sentence),
                       void *opaque);

#endif
