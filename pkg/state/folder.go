package state

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/crm-tool/crm-tool/pkg/hostfile"
)

// How long the folder may take: to lock and open its files, and to note a mail. A
// folder on a network may hang for ever, and a signal ends a run within ten seconds.
const (
	patience     = 8 * time.Second
	notePatience = 2 * time.Second
)

// within calls f and returns its error, or [hostfile.ErrHangs] after some time.
func within(d time.Duration, f func() error) error {
	_, err := hostfile.Within(d, func() (struct{}, error) { return struct{}{}, f() })
	return err
}

// folder is state_dir. Its files have fixed names, and perhaps somebody else may
// write there. So no link is followed, nothing but a regular file is opened, each
// file is opened once, and the folder's owner owns what root makes.
type folder struct {
	path string
	// owner and group are ids.
	owner, group uint32
}

// openFolder returns the folder. If it does not exist, it is made.
func openFolder(path string) (folder, error) {
	if err := makeFolder(path); err != nil {
		return folder{}, err
	}
	return lookAt(path)
}

func lookAt(path string) (folder, error) {
	var s syscall.Stat_t
	if err := syscall.Stat(path, &s); err != nil {
		return folder{}, &os.PathError{Op: "stat", Path: path, Err: err}
	}
	return folder{path: path, owner: s.Uid, group: s.Gid}, nil
}

// makeFolder makes a folder and those above it, each with the owner of the one
// above.
func makeFolder(path string) error {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil
	}
	parent := filepath.Dir(path)
	if parent != path {
		if err := makeFolder(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(path, 0o700); err != nil {
		if info, statErr := os.Stat(path); statErr == nil && info.IsDir() {
			return nil // Another run has made it.
		}
		return err
	}
	above, err := lookAt(parent)
	if err != nil {
		return err
	}
	made, err := os.OpenFile(path, syscall.O_DIRECTORY|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return err
	}
	return errors.Join(above.give(made), made.Close())
}

// give gives what root has made to the folder's owner, who could not use it
// otherwise.
func (d folder) give(made *os.File) error {
	if userID() != 0 || d.owner == 0 {
		return nil
	}
	var s syscall.Stat_t
	if err := syscall.Fstat(int(made.Fd()), &s); err != nil || s.Uid == d.owner {
		return err
	}
	if err := made.Chown(int(d.owner), int(d.group)); err != nil {
		return &ownerError{owner: d.owner, err: err}
	}
	return nil
}

// open opens a file of the folder to read and write. With [os.O_CREATE] it makes
// one if there is none, with [os.O_EXCL] in any case.
func (d folder) open(name string, flag int) (*os.File, error) {
	path := filepath.Join(d.path, name)
	if flag&os.O_EXCL == 0 {
		f, err := os.OpenFile(path, os.O_RDWR|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
		switch {
		case err == nil:
			return f, d.check(f)
		case errors.Is(err, syscall.ELOOP):
			return nil, &os.PathError{Op: "open", Path: path, Err: errors.New("it is a link: remove it")}
		case !errors.Is(err, fs.ErrNotExist) || flag&os.O_CREATE == 0:
			return nil, err
		}
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL|syscall.O_NOFOLLOW, 0o600)
	if errors.Is(err, fs.ErrExist) && flag&os.O_EXCL == 0 {
		return d.open(name, 0) // Another run has just made it.
	}
	if err != nil {
		return nil, err
	}
	if err := d.give(f); err != nil {
		return nil, errors.Join(err, os.Remove(path), f.Close())
	}
	return f, nil
}

// check closes a file that was there already and cannot be one of ours.
func (d folder) check(f *os.File) error {
	var s syscall.Stat_t
	err := syscall.Fstat(int(f.Fd()), &s)
	switch {
	case err != nil:
	case s.Mode&syscall.S_IFMT != syscall.S_IFREG:
		err = errors.New("it is no regular file: remove it")
	case s.Nlink > 1:
		err = errors.New("it has another name, too (a hard link): remove it")
	case s.Uid != userID() && s.Uid != d.owner:
		err = &ownerError{owner: s.Uid}
	}
	if err != nil {
		return errors.Join(&os.PathError{Op: "open", Path: f.Name(), Err: err}, f.Close())
	}
	return nil
}

// ownerError says that a file or the folder is another user's, whose next run
// could not use what this one makes.
type ownerError struct {
	owner uint32
	// err is why root cannot give them what it makes; nil for a file of theirs.
	err error
}

func (e *ownerError) Error() string {
	text := "it belongs to " + hostfile.UserName(int(e.owner))
	if e.err != nil {
		text += fmt.Sprintf(", and root cannot make files of theirs: %v", e.err)
	}
	return text
}

func (e *ownerError) Unwrap() error { return e.err }

func userID() uint32 { return uint32(os.Geteuid()) } //nolint:gosec // User ids have 32 bits.

// sudoName returns a user as sudo -u takes it in a shell: a name, or '#ID'.
func sudoName(id uint32) string {
	name := hostfile.UserName(int(id))
	if name == strconv.FormatUint(uint64(id), 10) {
		return "'#" + name + "'"
	}
	return name
}

// advice says how the user with that id can mend a folder that cannot be used.
func advice(dir string, cause error, mine uint32) string {
	const usual = "set state_dir to a folder that this user can write to, or to none to do without lock and journal"
	if e, ok := errors.AsType[*ownerError](cause); ok {
		return "run it as the owner: sudo -u " + sudoName(e.owner) + " crm-tool …"
	}
	if errors.Is(cause, hostfile.ErrHangs) {
		return "look after the file system, or set state_dir to a folder on a local one"
	}
	path, ok := errors.AsType[*os.PathError](cause)
	if !ok || !errors.Is(cause, fs.ErrPermission) {
		return usual
	}
	home, err := lookAt(dir)
	me := hostfile.UserName(int(mine))
	switch {
	case err != nil:
		return usual
	case home.owner == 0 && mine != 0:
		return fmt.Sprintf("it belongs to root: if it is for crm-tool alone, sudo chown -R %s %s; else %s", me, hostfile.Quote(dir), usual)
	case home.owner != mine:
		return fmt.Sprintf("it belongs to %s: run it as that user (sudo -u %s crm-tool …), or %s",
			hostfile.UserName(int(home.owner)), sudoName(home.owner), usual)
	}
	var s syscall.Stat_t
	if err := syscall.Lstat(path.Path, &s); err == nil && s.Uid != mine {
		return fmt.Sprintf("it belongs to %s, as after a run with sudo: sudo chown -R %s %s", hostfile.UserName(int(s.Uid)), me, hostfile.Quote(dir))
	}
	return usual
}
