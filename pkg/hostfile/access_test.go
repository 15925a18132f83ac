package hostfile_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/hostfile"
)

// info describes a file that does not have to exist.
type info struct {
	mode       fs.FileMode
	user, team uint32
}

func (info) Name() string        { return "name" }
func (info) Size() int64         { return 0 }
func (i info) Mode() fs.FileMode { return i.mode }
func (info) ModTime() time.Time  { return time.Time{} }
func (i info) IsDir() bool       { return i.mode.IsDir() }
func (i info) Sys() any          { return &syscall.Stat_t{Uid: i.user, Gid: i.team} }

// Ids that no host has, so that messages show them as they are.
const (
	eve     = 54301 // runs crm-tool
	team    = 54302 // her group
	bob     = 54303
	others  = 54304 // a group that she is not in
	further = 54305 // another group of hers
)

func someUser() hostfile.User {
	return hostfile.User{ID: eve, Group: team, Groups: []int{further, team}}
}

func TestAdviceToHideASecretKeepsItReadableForWhoNeedsIt(t *testing.T) {
	t.Parallel()
	user, root := someUser(), hostfile.User{}
	folder := info{fs.ModeDir | 0o755, 0, 0}
	for _, c := range []struct {
		name   string
		who    hostfile.User
		file   info
		folder info
		want   string
	}{
		{"her own", user, info{0o644, eve, team}, folder, "chmod o-rwx F"},
		{"her own, for all but her group", user, info{0o604, eve, others}, folder, "chmod o-rwx F"},
		{"root's, for her group as in the guide", user, info{0o644, 0, team}, folder, "sudo chmod o-rwx F"},
		{"root's, for another group of hers", user, info{0o664, 0, further}, folder, "sudo chmod o-rwx F"},
		{"root's, with her group but not for it", user, info{0o604, 0, team}, folder, "sudo chmod 640 F"},
		{"root's, for a group she is not in", user, info{0o644, 0, others}, folder, "sudo chgrp 54302 F && sudo chmod 640 F"},
		{"another user's", user, info{0o644, bob, others}, folder, "sudo chgrp 54302 F && sudo chmod 640 F"},
		{"root looks at a user's own", root, info{0o644, eve, team}, folder, "chmod o-rwx F"},
		{"root looks at one for a group", root, info{0o644, 0, team}, folder, "chmod o-rwx F"},
		{"root looks at one with a group but not for it", root, info{0o604, 0, team}, folder, "chmod 640 F"},
		{"root looks at one in a folder for a group", root, info{0o644, 0, 0}, info{fs.ModeDir | 0o750, 0, team}, "chgrp 54302 F && chmod 640 F"},
		{
			"root looks at one for nobody else", root,
			info{0o644, 0, 0},
			folder,
			"chmod o-rwx F or, if another user runs the schedule, chgrp THEIR-GROUP F && chmod 640 F",
		},
		{"as in the guide", user, info{0o640, 0, team}, folder, ""},
		{"for her alone", user, info{0o600, eve, team}, folder, ""},
		{"a pipe", user, info{fs.ModeNamedPipe | 0o644, eve, team}, folder, ""},
	} {
		assert.Equal(t, c.want, c.who.Hide("F", c.file, c.folder), c.name)
	}
}

func TestAdviceToShowAFileIsForItsOwner(t *testing.T) {
	t.Parallel()
	user, root := someUser(), hostfile.User{}
	assert.Equal(t, "sudo chgrp 54302 F && sudo chmod 640 F", user.Show("F", info{0o600, 0, 0}))
	assert.Equal(t, "sudo chgrp 54302 F && sudo chmod 640 F", user.Show("F", info{0o640, 0, others}))
	assert.Equal(t, "sudo chmod 640 F", user.Show("F", info{0o600, 0, team}))
	assert.Empty(t, user.Show("F", info{0o000, eve, team}))
	assert.Empty(t, root.Show("F", info{0o600, eve, team}))
}

func TestAdviceToProtectAFileIsForItsOwner(t *testing.T) {
	t.Parallel()
	user, root := someUser(), hostfile.User{}
	for _, c := range []struct {
		name string
		who  hostfile.User
		file info
		want string
	}{
		{"for everybody to change", user, info{0o646, eve, team}, "chmod go-w F"},
		{"for a group to change", user, info{0o660, eve, team}, "chmod go-w F"},
		{"root's", user, info{0o664, 0, team}, "sudo chmod go-w F"},
		{"seen by root", root, info{0o666, eve, team}, "chmod go-w F"},
		{"a folder", user, info{fs.ModeDir | 0o777, eve, team}, "chmod go-w F"},
		{"a folder with the sticky bit", user, info{fs.ModeDir | fs.ModeSticky | 0o777, 0, 0}, ""},
		{"for its owner to change", user, info{0o644, 0, 0}, ""},
		{"a folder for its owner", user, info{fs.ModeDir | 0o755, 0, 0}, ""},
		{"a device, as /dev/null", user, info{fs.ModeDevice | fs.ModeCharDevice | 0o666, 0, 0}, ""},
	} {
		assert.Equal(t, c.want, c.who.Protect("F", c.file), c.name)
	}
}

func TestThisUserOwnsWhatTheyMake(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	file, err := os.Stat(path)
	require.NoError(t, err)
	assert.True(t, hostfile.Me().Owns(file))
	assert.False(t, someUser().Owns(info{0o600, bob, team}))
	assert.Equal(t, "54303", someUser().OwnerName(info{0o600, bob, team}))
}

func TestCommandsAreForAShell(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/etc/crm-tool/odoo.key": "/etc/crm-tool/odoo.key",
		"/home/Zoë M/key":        "'/home/Zoë M/key'",
		"/a/it's; rm -r x":       `'/a/it'\''s; rm -r x'`,
		"~/x":                    "'~/x'",
	} {
		assert.Equal(t, want, hostfile.Quote(path))
		assert.Equal(t, "chmod go-w "+want, someUser().Protect(path, info{0o666, eve, team}))
		assert.Equal(t, "sudo chmod 640 "+want, someUser().Show(path, info{0o600, 0, team}))
	}
}
