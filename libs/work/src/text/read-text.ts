import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { constants } from 'node:fs';
import { AppError } from '@precedent/kernel';

/**
 * Reads a file of at most `maxBytes`. Throws INVALID_TASK for what is no regular file or is too large, HANDLER_FAILED
 * when it cannot be read.
 */
export const readText = async (path: string, maxBytes: number): Promise<Buffer> => {
  // Without O_NONBLOCK the opening of a named pipe would wait for its writer.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  try {
    return await readChecked(file, path, maxBytes);
  } finally {
    await file.close();
  }
};

const readChecked = async (file: FileHandle, path: string, maxBytes: number): Promise<Buffer> => {
  const { size, isFile } = await file.stat().then((stat) => ({ size: stat.size, isFile: stat.isFile() }));
  if (!isFile) throw new AppError('INVALID_TASK', `${path} is not a regular file`);
  if (size > maxBytes) throw new AppError('INVALID_TASK', `${path} has ${size} bytes of ${maxBytes} at most`);
  // One byte more than it should have: a file may grow while it is read.
  const room = Buffer.alloc(size + 1);
  let length = 0;
  for (let read = -1; read !== 0 && length < room.length; length += read) {
    ({ bytesRead: read } = await file.read(room, length, room.length - length));
  }
  return room.subarray(0, Math.min(length, size));
};

const unreadable = (path: string, error: unknown): AppError => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
  return new AppError('HANDLER_FAILED', `${path} cannot be read: ${code}`, {
    cause: error,
    details: { path, code },
  });
};
