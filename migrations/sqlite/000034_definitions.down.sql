DROP TABLE definition_versions;
DROP TABLE definition_pointers;
DROP TABLE definition_files;
