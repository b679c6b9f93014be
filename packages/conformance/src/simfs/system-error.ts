/** An error as Node makes it: with `code`, `syscall` and `path`. */
export function systemError(code: string, call: string, path: string): Error {
  const syscall = call.replace(/Sync$/, '')
  const message = `${code}: ${MEANINGS[code] ?? 'the file system failed'}, ${syscall} '${path}'`
  const { stackTraceLimit } = Error
  // Thousands of them are thrown and caught in an exploration, and the stack is most of their price; the log of
  // operations says more.
  Error.stackTraceLimit = 0
  const error = new Error(message)
  Error.stackTraceLimit = stackTraceLimit
  return Object.assign(error, { code, syscall, path })
}

const MEANINGS: Record<string, string> = {
  EACCES: 'permission denied',
  EBADF: 'bad file descriptor',
  EBUSY: 'resource busy or locked',
  EDQUOT: 'disk quota exceeded',
  EEXIST: 'file already exists',
  EINVAL: 'invalid argument',
  EIO: 'i/o error',
  EISDIR: 'illegal operation on a directory',
  EMFILE: 'too many open files',
  ENAMETOOLONG: 'name too long',
  ENOENT: 'no such file or directory',
  ENOSPC: 'no space left on device',
  ENOTDIR: 'not a directory',
  ENOTEMPTY: 'directory not empty',
  EPERM: 'operation not permitted',
  EROFS: 'read-only file system',
}
