package hostfile

import (
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// User is who runs the program.
type User struct {
	ID int
	// Group is the main group, and Groups are all of them.
	Group  int
	Groups []int
}

// Me returns the user of this process.
func Me() User {
	groups, err := os.Getgroups()
	if err != nil {
		groups = nil // Then the main group is the only one that is known.
	}
	return User{ID: os.Geteuid(), Group: os.Getegid(), Groups: append(groups, os.Getegid())}
}

// An owner is whom a file belongs to.
type owner struct{ user, group int }

// ownerOf returns the owner of a file. A file system in memory has none: then
// everything belongs to this user.
func (u User) ownerOf(info fs.FileInfo) owner {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return owner{int(s.Uid), int(s.Gid)}
	}
	return owner{u.ID, u.Group}
}

// Hide says what to run so that other users of the host cannot read a file with a
// secret and this user still can. It is empty when they cannot, or the file is no
// regular one. folder describes the folder of the file.
func (u User) Hide(path string, file, folder fs.FileInfo) string {
	if !file.Mode().IsRegular() || file.Mode().Perm()&0o004 == 0 {
		return ""
	}
	o := u.ownerOf(file)
	if u.ID != 0 && o.user != u.ID {
		return u.open(path, file)
	}
	path = Quote(path)
	switch {
	case u.ID != 0 || o.user != 0 || o.group != 0 && file.Mode().Perm()&0o040 != 0:
		return "chmod o-rwx " + path
	case o.group != 0:
		return "chmod 640 " + path
	case u.ownerOf(folder).group != 0:
		// Whoever runs the schedule is in the group that the folder is for.
		return fmt.Sprintf("chgrp %s %s && chmod 640 %s", groupName(u.ownerOf(folder).group), path, path)
	}
	return fmt.Sprintf("chmod o-rwx %s or, if another user runs the schedule, chgrp THEIR-GROUP %s && chmod 640 %s", path, path, path)
}

// Show returns the command with which root lets this user read a file, and nobody
// else. It is empty when the file belongs to this user.
func (u User) Show(path string, file fs.FileInfo) string {
	if u.ID == 0 || u.ownerOf(file).user == u.ID {
		return ""
	}
	return u.open(path, file)
}

// open returns the command that makes a file of somebody else readable for a group
// of this user alone.
func (u User) open(path string, file fs.FileInfo) string {
	path = Quote(path)
	switch isMember := slices.Contains(u.Groups, u.ownerOf(file).group); {
	case isMember && file.Mode().Perm()&0o040 != 0:
		return "sudo chmod o-rwx " + path
	case isMember:
		return "sudo chmod 640 " + path
	}
	return fmt.Sprintf("sudo chgrp %s %s && sudo chmod 640 %s", groupName(u.Group), path, path)
}

// Protect returns the command that keeps others than its owner from changing a
// file, or what is in a folder. It is empty when nobody else can. In a folder with
// the sticky bit, as /tmp, nobody can replace the files of others.
func (u User) Protect(path string, info fs.FileInfo) string {
	isSticky := info.IsDir() && info.Mode()&fs.ModeSticky != 0
	if !info.IsDir() && !info.Mode().IsRegular() || info.Mode().Perm()&0o022 == 0 || isSticky {
		return ""
	}
	command := "chmod go-w " + Quote(path)
	if u.ID != 0 && u.ownerOf(info).user != u.ID {
		command = "sudo " + command
	}
	return command
}

// Quote returns a path as a shell takes it.
func Quote(path string) string {
	if regexp.MustCompile(`^[A-Za-z0-9/][A-Za-z0-9_./@%+=:,-]*$`).MatchString(path) {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}

// groupName returns the name of a group, or its number.
func groupName(id int) string {
	text := strconv.Itoa(id)
	if g, err := user.LookupGroupId(text); err == nil {
		return g.Name
	}
	return text
}

// Owns reports whether a file belongs to this user.
func (u User) Owns(info fs.FileInfo) bool { return u.ownerOf(info).user == u.ID }

// Trusts reports whether a file belongs to this user or to root.
func (u User) Trusts(info fs.FileInfo) bool { return u.Owns(info) || u.ownerOf(info).user == 0 }

// OwnerName returns the name of the user that a file belongs to, or their number.
func (u User) OwnerName(info fs.FileInfo) string { return UserName(u.ownerOf(info).user) }

// ReadingGroup returns the name of the group, or its number, that may read a file of
// somebody else. It is empty if there is none.
func (u User) ReadingGroup(file fs.FileInfo) string {
	if file.Mode().Perm()&0o040 == 0 || u.ownerOf(file).group == u.Group {
		return ""
	}
	return groupName(u.ownerOf(file).group)
}

// UserName returns the name of a user, or their number.
func UserName(id int) string {
	text := strconv.Itoa(id)
	if u, err := user.LookupId(text); err == nil {
		return u.Username
	}
	return text
}
