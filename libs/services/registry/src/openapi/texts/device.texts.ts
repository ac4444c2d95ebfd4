import type { OperationText } from './text.types.ts';

export const DEVICE_TEXTS = {
  createDevice: {
    tag: 'Devices',
    summary: 'Register a device',
    description:
      'Makes a logical identity in a product. Device key, device id and secret are made by the platform where they are left out; the secret stands in this answer, and later in GET …/secret. In a product of dialect huawei the device id that is left out is `<productKey>_<deviceKey>`, and its wire takes less: a device key of 1 to 64 of A-Z a-z 0-9 _ -, a device id of at most 128, a secret of 8 to 32 characters.',
  },
  listDevices: {
    tag: 'Devices',
    summary: 'List devices',
    description:
      'One page of the devices of the tenant, in the order of product and device key; a device that stands all the time is met once, whatever is written meanwhile. The filters are all to hold at once; `tag.room=hall-7` asks for devices whose tag room has that value.',
  },
  getDevice: {
    tag: 'Devices',
    summary: 'Get a device',
    description:
      'The device with its lifecycle, its presence, and the status that people are shown: disabled, else inactive, else its presence.',
  },
  patchDevice: {
    tag: 'Devices',
    summary: 'Change the details of a device',
    description:
      'Changes name, tags or registration timeout. `tags` replaces all tags that were there.',
  },
  deleteDevice: {
    tag: 'Devices',
    summary: 'Delete a device',
    description:
      'Ends this life of the device: its sessions are cut and its secrets hold no longer. The same device key can be registered again, as a new generation.',
  },
  readDeviceSecret: {
    tag: 'Devices',
    summary: 'Read the secrets of a device',
    description:
      'The secrets that hold now, newest first. The call is audited: the event SecretRead says who read which versions.',
  },
  disableDevice: {
    tag: 'Devices',
    summary: 'Disable a device',
    description:
      'Cuts its sessions and refuses its logins until it is enabled again. GET /effects/{position} shows which gateways have applied it. Disabling the disabled changes nothing and answers 200.',
  },
  enableDevice: {
    tag: 'Devices',
    summary: 'Enable a device',
    description: 'Lets a disabled device in again, with the secrets it had.',
  },
  resetDevice: {
    tag: 'Devices',
    summary: 'Reset a device',
    description:
      'Drops its sessions and opens dynamic activation for it again. The lifecycle stays as it is, and the secret too; where the product has resetKeepsSecret off, the next dynamic activation gives a new one.',
  },
  resetDeviceSecret: {
    tag: 'Devices',
    summary: 'Give a device a new secret',
    description:
      'The older secret holds for overlapSeconds more, or no longer where that is left out. Without deviceSecret the platform makes one; the answer shows it.',
  },
  listUnits: {
    tag: 'Units',
    summary: 'List the units of a name',
    description:
      'The physical units that use the name of this device, each with its state. `used` counts every state shown; `open` says whether the name takes new claims.',
  },
  switchUnit: {
    tag: 'Units',
    summary: 'Keep one unit, forbid the others',
    description:
      'The unit that is named keeps the name, all others are forbidden and cut, and the name is closed to new claims.',
  },
  clearUnits: {
    tag: 'Units',
    summary: 'Forbid every unit',
    description:
      'All units of the name are forbidden and cut, and the name is closed to new claims.',
  },
  undoUnits: {
    tag: 'Units',
    summary: 'Undo the last switch or clear',
    description:
      'Lets the forbidden units back in and opens the name again. Refused with unit-state once one of them was purged.',
  },
  reopenName: {
    tag: 'Units',
    summary: 'Open a closed name',
    description: 'The name takes new claims again; what is forbidden stays forbidden.',
  },
  purgeUnit: {
    tag: 'Units',
    summary: 'Purge a unit',
    description:
      'Ends a unit for good. Its slot is free again when every gateway has applied it, or the time for which a token may be trusted has passed.',
  },
} as const satisfies Readonly<Record<string, OperationText>>;
