package waygate

// KeepSecrets turns redaction off, so that a test can show that redaction is
// what removes the secrets it looks for.
func KeepSecrets(c *Config) { c.keepSecrets = true }
