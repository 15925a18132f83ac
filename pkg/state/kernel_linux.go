package state

import (
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// thisKernel is the kernel that this process runs on.
func thisKernel() kernel {
	return kernel{bootID: bootID, identity: identity, changed: changed, now: now}
}

// bootID returns an id that is new after each start of the kernel. While it is
// the same, what a process wrote before it was killed is in the file, and the
// holder of a lock that is free is dead.
func bootID() string {
	content, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if id := strings.TrimSpace(string(content)); err == nil && id != "" && !strings.Contains(id, " ") {
		return id
	}
	return unknown
}

// identity returns a file's number and birth, which no copy shares. It is
// unknown on file systems that other kernels may use as well: there, what was
// written may be lost while this kernel runs on, and a lock may end before its
// holder does.
func identity(f *os.File) string {
	var fsys unix.Statfs_t
	if err := unix.Fstatfs(int(f.Fd()), &fsys); err != nil {
		return unknown
	}
	switch uint32(fsys.Type) { //nolint:gosec // These are 32 bits.
	case unix.EXT4_SUPER_MAGIC, unix.XFS_SUPER_MAGIC, unix.BTRFS_SUPER_MAGIC, unix.F2FS_SUPER_MAGIC,
		unix.TMPFS_MAGIC, unix.OVERLAYFS_SUPER_MAGIC, unix.BCACHEFS_SUPER_MAGIC, zfsMagic:
	default:
		return unknown
	}
	s, err := status(f)
	if err != nil || s.Mask&unix.STATX_BTIME == 0 {
		return unknown
	}
	return fmt.Sprintf("%d:%d.%09d", s.Ino, s.Btime.Sec, s.Btime.Nsec)
}

const zfsMagic = 0x2fc12fc1

// changed returns the kernel's time of the last change of a file, in
// nanoseconds. No program can set it.
func changed(f *os.File) (int64, bool) {
	s, err := status(f)
	return s.Ctime.Sec*int64(time.Second) + int64(s.Ctime.Nsec), err == nil
}

func status(f *os.File) (unix.Statx_t, error) {
	var s unix.Statx_t
	err := unix.Statx(int(f.Fd()), "", unix.AT_EMPTY_PATH, unix.STATX_BASIC_STATS|unix.STATX_BTIME, &s)
	return s, err
}

// now returns the time that the kernel would give to a change of a file now.
func now() int64 {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_REALTIME, &t); err != nil {
		return 0
	}
	return t.Nano()
}
