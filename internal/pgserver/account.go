//go:build unix

package pgserver

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// account is the user as whom programs run: the caller, or postgres where the caller is root.
type account struct {
	name     string
	uid, gid int
	other    bool // another user than the caller
}

func findAccount() (account, error) {
	if os.Geteuid() != 0 {
		return account{}, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return account{}, fmt.Errorf("pgserver: PostgreSQL doesn't run as root, and there is no user postgres: install the Debian package postgresql, or run as another user: %w", err)
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return account{}, fmt.Errorf("pgserver: user postgres: %w", err)
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		return account{}, fmt.Errorf("pgserver: user postgres: %w", err)
	}
	return account{name: u.Username, uid: uid, gid: gid, other: true}, nil
}

// apply makes the command run as the account, in a process group of its own: an interrupt at the terminal ends the
// test process, which then ends the command in its own way.
func (a account) apply(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if a.other {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}
	}
}

// own gives path to the account and to nobody else.
func (a account) own(path string) error {
	if a.other {
		if err := os.Chown(path, a.uid, a.gid); err != nil {
			return fmt.Errorf("pgserver: %w", err)
		}
	}
	return nil
}

// tempDir makes a directory that belongs to the account and that it can enter.
func (a account) tempDir() (string, error) {
	dir, err := os.MkdirTemp("", "waygate-pg-")
	if err != nil {
		return "", fmt.Errorf("pgserver: %w", err)
	}
	if err := a.prepare(dir); err != nil {
		return "", fmt.Errorf("%w: point TMPDIR at a directory that everybody may enter, such as /tmp", removing(dir, err))
	}
	return dir, nil
}

// prepare makes dir if it isn't there, gives it to the account and sees that the account can enter it, which fails
// below a directory of root's that is closed to others.
func (a account) prepare(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("pgserver: %w", err)
	}
	if err := a.own(dir); err != nil || !a.other {
		return err
	}
	cmd := exec.Command("/bin/sh", "-c", `cd "$1"`, "sh", dir)
	cmd.Dir = "/"
	a.apply(cmd)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("pgserver: user %s can't enter %s: %w: %s", a.name, dir, err, out)
	}
	return nil
}

// write makes a file of the account's.
func (a account) write(dir, name, text string) (string, error) {
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return "", fmt.Errorf("pgserver: %w", err)
	}
	return path, a.own(path)
}

// removing removes the directory and gives err with what that added.
func removing(dir string, err error) error {
	if dir == "" {
		return err
	}
	if removeErr := os.RemoveAll(dir); removeErr != nil && err == nil {
		return fmt.Errorf("pgserver: %w", removeErr)
	}
	return err
}
