/* fw_cfg.h - the firmware configuration device: named blobs that firmware and option ROMs read
 * (QEMU's "fw_cfg" specification). */
#ifndef DEVICES_FIRMWARE_FW_CFG_H
#define DEVICES_FIRMWARE_FW_CFG_H
#include "devices/device.h"

/* Keys with a fixed meaning.  Files take keys from FW_CFG_FILE_FIRST up. */
enum fw_cfg_key {
    FW_CFG_SIGNATURE = 0x00,
    FW_CFG_ID = 0x01,
    FW_CFG_UUID = 0x02,
    FW_CFG_RAM_SIZE = 0x03,
    FW_CFG_NOGRAPHIC = 0x04,
    FW_CFG_NB_CPUS = 0x05,
    FW_CFG_MACHINE_ID = 0x06,
    FW_CFG_KERNEL_ADDR = 0x07,
    FW_CFG_KERNEL_SIZE = 0x08,
    FW_CFG_KERNEL_CMDLINE = 0x09,
    FW_CFG_INITRD_ADDR = 0x0a,
    FW_CFG_INITRD_SIZE = 0x0b,
    FW_CFG_BOOT_DEVICE = 0x0c,
    FW_CFG_NUMA = 0x0d,
    FW_CFG_BOOT_MENU = 0x0e,
    FW_CFG_MAX_CPUS = 0x0f,
    FW_CFG_KERNEL_ENTRY = 0x10,
    FW_CFG_KERNEL_DATA = 0x11,
    FW_CFG_INITRD_DATA = 0x12,
    FW_CFG_CMDLINE_ADDR = 0x13,
    FW_CFG_CMDLINE_SIZE = 0x14,
    FW_CFG_CMDLINE_DATA = 0x15,
    FW_CFG_SETUP_ADDR = 0x16,
    FW_CFG_SETUP_SIZE = 0x17,
    FW_CFG_SETUP_DATA = 0x18,
    FW_CFG_FILE_DIR = 0x19,
    FW_CFG_FILE_FIRST = 0x20,
    FW_CFG_ACPI_TABLES = 0x8000,
    FW_CFG_SMBIOS_ENTRIES = 0x8001,
    FW_CFG_IRQ0_OVERRIDE = 0x8002,
    FW_CFG_E820_TABLE = 0x8003,
    FW_CFG_HPET = 0x8004
};

#define FW_CFG_NAME_MAX 56 /* with its NUL */

/* Answers at 510h-51Bh.  Signature, id and file directory are there from the start. */
extern const struct device_class fw_cfg_class;

/* Copies the data; an item of that key or name is replaced. */
void fw_cfg_add_bytes(struct device *d, uint16_t key, const void *data, size_t len);
void fw_cfg_add_u16(struct device *d, uint16_t key, uint16_t val);
void fw_cfg_add_u32(struct device *d, uint16_t key, uint32_t val);
/* The name is shorter than FW_CFG_NAME_MAX. */
void fw_cfg_add_file(struct device *d, const char *name, const void *data, size_t len);

#endif
