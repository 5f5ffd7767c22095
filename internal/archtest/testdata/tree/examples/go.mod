module gate.example/examples

go 1.26
