package secret

// A sealed value is
//
//	version (1 byte, 1) | length of key id (1 byte) | key id | nonce (12 bytes) | ciphertext | tag (16 bytes)
//
// and everything before the nonce is part of the associated data.
const (
	sealedVersion  = 1
	sealedOverhead = 12 + 16 // nonce and tag
)

// sealed is a sealed value taken apart.
type sealed struct {
	head  string // up to and with the key id
	keyID string
	body  []byte // nonce, ciphertext, tag
}

func sealedHead(keyID string) string {
	return string([]byte{sealedVersion, byte(len(keyID))}) + keyID
}

func parseSealed(op string, raw []byte) (sealed, error) {
	if len(raw) < 2 {
		return sealed{}, malformed(op, "too short to be a sealed value: give what Seal returned")
	}
	if raw[0] != sealedVersion {
		return sealed{}, malformed(op, "not a sealed value, or one of a later version: give what Seal returned")
	}
	end := 2 + int(raw[1])
	if len(raw) < end+sealedOverhead {
		return sealed{}, malformed(op, "cut short: does its column keep all bytes?")
	}
	id := string(raw[2:end])
	if !validKeyID(id) {
		return sealed{}, malformed(op, "the key id is damaged: restore the row from a backup")
	}
	return sealed{head: string(raw[:end]), keyID: id, body: raw[end:]}, nil
}

func malformed(op, detail string) *Error {
	return &Error{Op: op, Class: ErrMalformed, Field: "sealed", Detail: detail}
}
