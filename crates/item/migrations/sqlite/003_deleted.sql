-- Deleted items, of which there are few: all others are counted by leaving these out.
CREATE INDEX item_deleted ON item_items (id) WHERE status = 3;
