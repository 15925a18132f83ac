package config

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/hostfile"
)

// reason returns why a file operation failed and what to do about it, without the
// path, which is elsewhere in the message.
func (l *loader) reason(path string, err error) string {
	cause := err
	if pathError, ok := errors.AsType[*fs.PathError](err); ok {
		cause = pathError.Err
	}
	text := "cannot be read: " + cause.Error()
	if info, statErr := l.files.Stat(path); statErr == nil && errors.Is(err, fs.ErrPermission) {
		if command := l.user.Show(path, info); command != "" {
			text += "; run " + command
		}
	}
	return text
}

// hide warns when every user of the host can read a secret.
func (l *loader) hide(path string, secret entry) {
	file, err := l.files.Stat(path)
	if err != nil {
		return
	}
	folder, err := l.files.Stat(filepath.Dir(path))
	if err != nil {
		folder = file
	}
	if command := l.user.Hide(path, file, folder); command != "" {
		l.warn(secret, "every user of this host can read it; run "+command)
	}
}

// protect warns, once for each, when others can change a file or replace it in its
// folder.
func (l *loader) protect(path string, problem func(cause string) Problem) {
	info, err := l.files.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return
	}
	if command := l.changeable(path); command != "" {
		l.warnings = append(l.warnings, problem("other users of this host can change it; run "+command))
	}
	dir := filepath.Dir(path)
	if command := l.changeable(dir); command != "" {
		l.warnings = append(l.warnings, problem("other users of this host can replace the files in "+dir+"; run "+command))
	}
}

// changeable returns the command that keeps others from changing a file or folder.
// It is empty when they cannot, or the question came before.
func (l *loader) changeable(path string) string {
	info, err := l.files.Stat(path)
	if err != nil || l.looked[path] {
		return ""
	}
	l.looked[path] = true
	return l.user.Protect(path, info)
}

// strange says why a file, from which commands are run, may be somebody else's work;
// empty if only this user and root could write it.
func (l *loader) strange(path string) string {
	for _, at := range []string{path, filepath.Dir(path)} {
		info, err := l.files.Stat(at)
		if err != nil {
			continue // Who could read it sees to that.
		}
		if !l.user.Trusts(info) {
			return at + " belongs to " + l.user.OwnerName(info) + ", whose commands this user does not run"
		}
		if command := l.user.Protect(at, info); command != "" {
			return "other users of this host can write in " + at + "; run " + command
		}
	}
	return ""
}

// protectFolder warns once when others can change what is in a folder, or in the
// folders in it.
func (l *loader) protectFolder(setting entry) {
	dir := setting.path()
	var names []string
	command := ""
	look := func(path string) {
		if c := l.changeable(path); c != "" {
			names = append(names, path)
			command = strings.Replace(c, "chmod go-w "+hostfile.Quote(path), "chmod -R go-w "+hostfile.Quote(dir), 1)
		}
	}
	look(dir)
	// Whoever reads the files says what cannot be read.
	entries, _ := l.files.ReadDir(dir)
	for _, file := range entries {
		look(filepath.Join(dir, file.Name()))
	}
	for _, folder := range entries {
		if !folder.IsDir() && folder.Type() != fs.ModeSymlink {
			continue
		}
		files, _ := l.files.ReadDir(filepath.Join(dir, folder.Name()))
		for _, file := range files {
			look(filepath.Join(dir, folder.Name(), file.Name()))
		}
	}
	if len(names) > 0 {
		l.warn(setting, fmt.Sprintf("other users of this host can change %d of its files and folders, such as %s; run %s", len(names), names[0], command))
	}
}
