"""Where everything durable is: one SQL store, one key ring beside it, one directory of sealed blobs."""
